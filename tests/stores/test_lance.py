"""LanceDB is imported without the client of remote namespaces."""

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
print(client.TableApi is client.TableApi, client.__path__)
try:
    lance.connect(tempfile.mkdtemp()).list_tables()
except NotImplementedError as error:
    print(error)
print(any("lance" in type(finder).__module__ for finder in path))
"""
LEFT_OUT = "ListTablesResponse belongs to the client that mem.stores.lance leaves out"


def test_a_table_works_without_the_client_and_nothing_else_is_left_out() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["a heron", "[]", "True []", LEFT_OUT, "False"]
