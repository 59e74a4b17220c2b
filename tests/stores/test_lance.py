"""LanceDB is imported without the client of remote namespaces, and by nobody but `lance`."""

import subprocess
import sys

SCRIPT = """
import sys, tempfile
import pyarrow as pa
import mem.stores.lance as lance
path = list(sys.meta_path)
table = lance.connect(tempfile.mkdtemp()).create_table("t", pa.table({"text": ["a heron"], "vector": [[1.0, 0.0]]}))
table.create_index("text", config=lance.FTS())
print(table.search("heron", query_type="fts").limit(1).to_list()[0]["text"])
import lance_namespace_urllib3_client as client
print([name for name, module in sys.modules.items() if name.startswith(lance.CLIENT) and hasattr(module, "__file__")])
print(client.TableApi.__mro__[1:] == (object,), client.__path__)
print(any("lance" in type(finder).__module__ for finder in path))
"""


def test_a_table_works_without_the_client_and_nothing_else_is_left_out() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["a heron", "[]", "True []", "False"]
