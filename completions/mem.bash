# bash completion for mem, made by: mem completions bash
_mem() {
    local word=${COMP_WORDS[COMP_CWORD]} place= verbs= options= index
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "${COMP_WORDS[index]}" in
            --profile|-p|--model|-m) ((index++)); continue ;;
        esac
        case "$place/${COMP_WORDS[index]}" in
            /chat|/ask|/recall|/remember|/inspect|/forget|/log|/diff|/undo|/edit|/pin|/review|/retry|/why|/sessions|/sessions/list|/sessions/show|/models|/models/list|/models/info|/models/pull|/models/use|/models/embedder|/models/embedder/use|/models/reranker|/models/reranker/use|/models/reranker/off|/config|/config/path|/config/get|/config/set|/config/edit|/profiles|/profiles/list|/profiles/create|/profiles/delete|/stats|/consolidate|/reindex|/doctor|/backup|/restore|/eval|/eval/locomo|/eval/longmemeval|/eval/beam|/eval/jsonl|/eval/self|/completions) place="$place/${COMP_WORDS[index]}" ;;
        esac
    done
    case "$place" in
        "") verbs="chat ask recall remember inspect forget log diff undo edit pin review retry why sessions models config profiles stats consolidate reindex doctor backup restore eval completions"
            options="--profile --model --quiet --verbose --version --help" ;;
        "/chat") verbs=""
            options="--resume --incognito --read-memory --help" ;;
        "/ask") verbs=""
            options="--session --incognito --read-memory --json --help" ;;
        "/recall") verbs=""
            options="--limit --since --until --as-of --why --archived --no-ledger --json --plain --help" ;;
        "/remember") verbs=""
            options="--tag --sensitive --json --help" ;;
        "/inspect") verbs="facts core episodes sessions pending"
            options="--all --html --force --as-of --json --plain --help" ;;
        "/forget") verbs=""
            options="--session --entity --since --until --all --list --lift --yes --dry-run --json --plain --help" ;;
        "/log") verbs=""
            options="--since --until --fact --limit --json --plain --help" ;;
        "/diff") verbs=""
            options="--since --until --json --plain --help" ;;
        "/undo") verbs=""
            options="--yes --dry-run --json --help" ;;
        "/edit") verbs=""
            options="--json --help" ;;
        "/pin") verbs=""
            options="--off --json --help" ;;
        "/review") verbs=""
            options="--accept --reject --all --json --plain --help" ;;
        "/retry") verbs=""
            options="--all --json --plain --help" ;;
        "/why") verbs=""
            options="--json --help" ;;
        "/sessions") verbs="list show"
            options="--json --plain --help" ;;
        "/sessions/list") verbs=""
            options="--limit --json --plain --help" ;;
        "/sessions/show") verbs="last"
            options="--json --plain --help" ;;
        "/models") verbs="list info pull use embedder reranker"
            options="--json --plain --help" ;;
        "/models/list") verbs=""
            options="--json --plain --help" ;;
        "/models/info") verbs=""
            options="--json --help" ;;
        "/models/pull") verbs=""
            options="--sha256 --help" ;;
        "/models/use") verbs=""
            options="--help" ;;
        "/models/embedder") verbs="use"
            options="--json --help" ;;
        "/models/embedder/use") verbs=""
            options="--query-prefix --passage-prefix --download --force --wait --help" ;;
        "/models/reranker") verbs="use off"
            options="--json --help" ;;
        "/models/reranker/use") verbs=""
            options="--force --help" ;;
        "/models/reranker/off") verbs=""
            options="--help" ;;
        "/config") verbs="path get set edit"
            options="--json --plain --help" ;;
        "/config/path") verbs=""
            options="--help" ;;
        "/config/get") verbs=""
            options="--json --help" ;;
        "/config/set") verbs=""
            options="--help" ;;
        "/config/edit") verbs=""
            options="--help" ;;
        "/profiles") verbs="list create delete"
            options="--json --plain --help" ;;
        "/profiles/list") verbs=""
            options="--json --plain --help" ;;
        "/profiles/create") verbs=""
            options="--help" ;;
        "/profiles/delete") verbs=""
            options="--confirm --help" ;;
        "/stats") verbs=""
            options="--json --plain --help" ;;
        "/consolidate") verbs=""
            options="--older-than --yes --dry-run --json --help" ;;
        "/reindex") verbs=""
            options="--json --help" ;;
        "/doctor") verbs=""
            options="--deep --repair --json --plain --help" ;;
        "/backup") verbs=""
            options="--encrypt --list --json --plain --help" ;;
        "/restore") verbs=""
            options="--yes --json --help" ;;
        "/eval") verbs="locomo longmemeval beam jsonl self"
            options="--help" ;;
        "/eval/locomo") verbs=""
            options="--unit --limit --by-type --json --plain --help" ;;
        "/eval/longmemeval") verbs=""
            options="--unit --limit --by-type --json --plain --help" ;;
        "/eval/beam") verbs=""
            options="--unit --limit --by-type --json --plain --help" ;;
        "/eval/jsonl") verbs=""
            options="--unit --limit --by-type --json --plain --help" ;;
        "/eval/self") verbs=""
            options="--rebuild --json --help" ;;
        "/completions") verbs="bash zsh fish"
            options="--help" ;;
    esac
    if [[ $word == -* ]]; then verbs=$options; fi
    COMPREPLY=($(compgen -W "$verbs" -- "$word"))
}
complete -o default -F _mem mem
