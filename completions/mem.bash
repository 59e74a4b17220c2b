# bash completion for mem, made by: mem completions bash
_mem_values() {  # $1: words, and @… for what is looked up; $2: the profile that was named
    local data=${XDG_DATA_HOME:-$HOME/.local/share}/mem settings=${XDG_CONFIG_HOME:-$HOME/.config}/mem/config.toml
    if [[ $OSTYPE == darwin* ]]; then
        data=${XDG_DATA_HOME:-$HOME/Library/Application Support}/mem
        settings=${XDG_CONFIG_HOME:-$HOME/Library/Application Support}/mem/config.toml
    fi
    if [[ $MEM_HOME ]]; then data=${MEM_HOME/#\~/$HOME}/data settings=${MEM_HOME/#\~/$HOME}/config.toml; fi
    local profile=${2:-$MEM_PROFILE} token line
    if [[ -z $profile && -r $settings ]]; then
        while read -r line && [[ $line != \[* ]]; do
            if [[ $line =~ ^profile\ *=\ *[\"\']([a-z0-9_-]+) ]]; then profile=${BASH_REMATCH[1]}; fi
        done < "$settings"
    fi
    for token in $1; do
        case $token in
            @files) compopt -o default 2> /dev/null ;;
            @profiles) for line in "$data"/profiles/*/; do [[ -d $line ]] && line=${line%/} && found+=("${line##*/}"); done ;;
            @models) for line in "$data"/models/*.gguf; do
                    [[ -f $line ]] && line=${line##*/} && printf -v line %q "${line%.gguf}" && found+=("$line")
                done ;;
            @ids:*) line=$data/profiles/${profile:-default}/recent_ids
                if [[ -r $line ]]; then
                    compopt -o nosort 2> /dev/null
                    while read -r line; do [[ $line == [${token#@ids:}]* ]] && found+=("$line"); done < "$line"
                fi ;;
            *) found+=("$token") ;;
        esac
    done
}
_mem() {
    local word=${COMP_WORDS[COMP_CWORD]} place= position=0 awaiting= profile= verbs= options= values= index told found=()
    if [[ $word == = ]]; then word=; fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        told=${COMP_WORDS[index]}
        if [[ $told == = ]]; then continue; fi
        if [[ $awaiting ]]; then
            case $awaiting in --profile|-p) profile=$told ;; esac
            awaiting=
            continue
        fi
        case "$place $told" in
            *" --profile"|*" -p"|*" --model"|*" -m"|"/chat --resume"|"/chat -r"|"/chat --file"|"/chat -f"|"/chat --system"|"/chat --persona"|"/ask --file"|"/ask -f"|"/ask --session"|"/ask -s"|"/recall --limit"|"/recall -n"|"/recall --since"|"/recall --until"|"/recall --as-of"|"/recall --kind"|"/recall -k"|"/recall --tag"|"/recall -t"|"/remember --tag"|"/remember -t"|"/remember --file"|"/remember -f"|"/remember --when"|"/inspect --as-of"|"/forget --session"|"/forget -s"|"/forget --entity"|"/forget --since"|"/forget --until"|"/forget --from-import"|"/forget --lift"|"/forget --grace"|"/log --since"|"/log --until"|"/log --fact"|"/log --limit"|"/log -n"|"/diff --since"|"/diff --until"|"/sessions/list --limit"|"/sessions/list -n"|"/sessions/search --limit"|"/sessions/search -n"|"/sessions/export --format"|"/sessions/export --output"|"/sessions/export -o"|"/models/pull --sha256"|"/models/embedder/use --query-prefix"|"/models/embedder/use --passage-prefix"|"/profiles/delete --confirm"|"/stats --html"|"/consolidate --older-than"|"/eval/locomo --unit"|"/eval/locomo --limit"|"/eval/locomo -n"|"/eval/longmemeval --unit"|"/eval/longmemeval --limit"|"/eval/longmemeval -n"|"/eval/beam --unit"|"/eval/beam --limit"|"/eval/beam -n"|"/eval/jsonl --unit"|"/eval/jsonl --limit"|"/eval/jsonl -n") awaiting=$told; continue ;;
        esac
        if [[ $told == -?* ]]; then continue; fi
        case "$place/$told" in
            /chat|/ask|/recall|/remember|/inspect|/forget|/log|/diff|/undo|/edit|/pin|/review|/retry|/why|/sessions|/sessions/list|/sessions/show|/sessions/search|/sessions/rename|/sessions/delete|/sessions/export|/setup|/models|/models/list|/models/info|/models/pull|/models/rm|/models/default|/models/use|/models/embedder|/models/embedder/use|/models/reranker|/models/reranker/use|/models/reranker/off|/keys|/keys/list|/keys/set|/keys/rm|/config|/config/path|/config/get|/config/set|/config/check|/config/edit|/profiles|/profiles/list|/profiles/create|/profiles/delete|/stats|/consolidate|/reindex|/doctor|/backup|/restore|/eval|/eval/locomo|/eval/longmemeval|/eval/beam|/eval/jsonl|/eval/self|/schema|/completions|/config/set/profile|/config/set/model|/config/set/tools|/config/set/learn|/config/set/approve|/config/set/consolidate|/config/set/flash_attention|/config/set/kv_cache_type|/config/set/vi_mode) place=$place/$told position=0 ;;
            *) ((position++)) ;;
        esac
    done
    case "$place" in
        "") verbs="chat ask recall remember inspect forget log diff undo edit pin review retry why sessions setup models keys config profiles stats consolidate reindex doctor backup restore eval schema completions"
            options="--profile --model --quiet --verbose --version --help" ;;
        "/chat") verbs=""
            options="--resume --file --system --persona --no-memory --incognito --read-memory --help" ;;
        "/ask") verbs=""
            options="--file --session --incognito --read-memory --json --stream-json --help" ;;
        "/recall") verbs=""
            options="--limit --since --until --as-of --kind --tag --why --archived --no-ledger --json --plain --help" ;;
        "/remember") verbs=""
            options="--tag --file --when --sensitive --json --plain --help" ;;
        "/inspect") verbs=""
            options="--all --html --force --as-of --json --plain --help" ;;
        "/forget") verbs=""
            options="--session --entity --since --until --from-import --all --list --lift --grace --yes --dry-run --json --plain --help" ;;
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
            options="--json --plain --help" ;;
        "/sessions") verbs="list show search rename delete export"
            options="--json --plain --help" ;;
        "/sessions/list") verbs=""
            options="--limit --json --plain --help" ;;
        "/sessions/show") verbs=""
            options="--json --plain --help" ;;
        "/sessions/search") verbs=""
            options="--limit --json --plain --help" ;;
        "/sessions/rename") verbs=""
            options="--help" ;;
        "/sessions/delete") verbs=""
            options="--yes --dry-run --json --help" ;;
        "/sessions/export") verbs=""
            options="--format --output --json --help" ;;
        "/setup") verbs=""
            options="--help" ;;
        "/models") verbs="list info pull rm default use embedder reranker"
            options="--json --plain --help" ;;
        "/models/list") verbs=""
            options="--json --plain --help" ;;
        "/models/info") verbs=""
            options="--json --plain --help" ;;
        "/models/pull") verbs=""
            options="--sha256 --yes --help" ;;
        "/models/rm") verbs=""
            options="--yes --help" ;;
        "/models/default") verbs=""
            options="--json --help" ;;
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
        "/keys") verbs="list set rm"
            options="--json --plain --help" ;;
        "/keys/list") verbs=""
            options="--json --plain --help" ;;
        "/keys/set") verbs=""
            options="--file --help" ;;
        "/keys/rm") verbs=""
            options="--yes --help" ;;
        "/config") verbs="path get set check edit"
            options="--json --plain --help" ;;
        "/config/path") verbs=""
            options="--help" ;;
        "/config/get") verbs=""
            options="--json --help" ;;
        "/config/set") verbs=""
            options="--help" ;;
        "/config/check") verbs=""
            options="--json --plain --help" ;;
        "/config/edit") verbs=""
            options="--help" ;;
        "/profiles") verbs="list create delete"
            options="--json --plain --help" ;;
        "/profiles/list") verbs=""
            options="--json --plain --help" ;;
        "/profiles/create") verbs=""
            options="--help" ;;
        "/profiles/delete") verbs=""
            options="--confirm --yes --help" ;;
        "/stats") verbs=""
            options="--html --force --json --plain --help" ;;
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
        "/schema") verbs=""
            options="--json --plain --help" ;;
        "/completions") verbs=""
            options="--help" ;;
        "/config/set/profile") verbs=""
            options="" ;;
        "/config/set/model") verbs=""
            options="" ;;
        "/config/set/tools") verbs=""
            options="" ;;
        "/config/set/learn") verbs=""
            options="" ;;
        "/config/set/approve") verbs=""
            options="" ;;
        "/config/set/consolidate") verbs=""
            options="" ;;
        "/config/set/flash_attention") verbs=""
            options="" ;;
        "/config/set/kv_cache_type") verbs=""
            options="" ;;
        "/config/set/vi_mode") verbs=""
            options="" ;;
    esac
    case "$place ${awaiting:-$position}" in
        *" --profile"|*" -p") values="@profiles" ;;
        *" --model"|*" -m") values="starter @models" ;;
        "/chat --resume"|"/chat -r") values="last @ids:s" ;;
        "/chat --file"|"/chat -f") values="@files" ;;
        "/ask --file"|"/ask -f") values="@files" ;;
        "/ask --session"|"/ask -s") values="last @ids:s" ;;
        "/recall --kind"|"/recall -k") values="fact turn archival imported summary" ;;
        "/remember --file"|"/remember -f") values="@files" ;;
        "/inspect 0") values="facts core episodes sessions pending context entities entity graph @ids:fesctw" ;;
        "/forget --session"|"/forget -s") values="last @ids:s" ;;
        "/forget --from-import") values="@files" ;;
        "/forget --lift") values="@ids:x" ;;
        "/forget "*) values="@ids:ef" ;;
        "/log --fact") values="@ids:ef" ;;
        "/undo 0") values="@ids:c" ;;
        "/edit 0") values="persona human @ids:ef" ;;
        "/pin 0") values="@ids:f" ;;
        "/review "*) values="@ids:w" ;;
        "/why 0") values="@ids:t" ;;
        "/sessions/show 0") values="last @ids:s" ;;
        "/sessions/rename 0") values="last @ids:s" ;;
        "/sessions/delete 0") values="last @ids:s" ;;
        "/sessions/export --format") values="md json" ;;
        "/sessions/export --output"|"/sessions/export -o") values="@files" ;;
        "/sessions/export 0") values="last @ids:s" ;;
        "/sessions/export 1") values="@files" ;;
        "/models/info 0") values="starter @models qwen2.5-1.5b llama-3.2-3b qwen3-4b qwen2.5-7b" ;;
        "/models/pull "*) values="qwen2.5-1.5b llama-3.2-3b qwen3-4b qwen2.5-7b" ;;
        "/models/rm 0") values="@models" ;;
        "/models/default 0") values="starter @models" ;;
        "/models/use 0") values="starter @models" ;;
        "/models/embedder/use 0") values="@files" ;;
        "/models/reranker/use 0") values="@files" ;;
        "/keys/set 0") values="openai anthropic gemini mistral openrouter groq deepseek xai together_ai cohere perplexity" ;;
        "/keys/rm 0") values="openai anthropic gemini mistral openrouter groq deepseek xai together_ai cohere perplexity" ;;
        "/config/get 0") values="profile model api_base api_key_env embedder query_prefix passage_prefix reranker tools learn approve extract_tokens_per_day consolidate consolidate_after_days budget_tokens answer_tokens memory_tokens temperature timeout_seconds context_window n_gpu_layers n_threads n_batch flash_attention kv_cache_type rope_freq_base rope_freq_scale vi_mode" ;;
        "/config/set 0") values="profile model api_base api_key_env embedder query_prefix passage_prefix reranker tools learn approve extract_tokens_per_day consolidate consolidate_after_days budget_tokens answer_tokens memory_tokens temperature timeout_seconds context_window n_gpu_layers n_threads n_batch flash_attention kv_cache_type rope_freq_base rope_freq_scale vi_mode" ;;
        "/profiles/delete --confirm") values="@profiles" ;;
        "/profiles/delete 0") values="@profiles" ;;
        "/stats --html") values="@files" ;;
        "/backup 0") values="@files" ;;
        "/restore 0") values="@files" ;;
        "/eval/locomo --unit") values="turn session" ;;
        "/eval/locomo 0") values="@files" ;;
        "/eval/longmemeval --unit") values="turn session" ;;
        "/eval/longmemeval 0") values="@files" ;;
        "/eval/beam --unit") values="turn session" ;;
        "/eval/beam 0") values="@files" ;;
        "/eval/jsonl --unit") values="turn session" ;;
        "/eval/jsonl 0") values="@files" ;;
        "/schema "*) values="ask ask-events backup backup-list config config-check config-get consolidate diff doctor edit eval eval-self forget forget-dry-run forget-list inspect inspect-change inspect-context inspect-core inspect-entities inspect-entity inspect-episodes inspect-facts inspect-graph inspect-item inspect-message inspect-pending inspect-review inspect-search inspect-sessions inspect-turn keys log models models-default models-embedder models-info models-reranker pin profiles recall reindex remember restore retry review sessions sessions-search sessions-show stats undo why" ;;
        "/completions 0") values="bash zsh fish man" ;;
        "/config/set/profile 0") values="@profiles" ;;
        "/config/set/model 0") values="starter @models" ;;
        "/config/set/tools 0") values="auto on off" ;;
        "/config/set/learn 0") values="auto patterns off" ;;
        "/config/set/approve 0") values="stakes all never" ;;
        "/config/set/consolidate 0") values="ask auto off" ;;
        "/config/set/flash_attention 0") values="true false" ;;
        "/config/set/kv_cache_type 0") values="f16 q8_0" ;;
        "/config/set/vi_mode 0") values="true false" ;;
    esac
    if [[ $word == -* && -z $awaiting ]]; then
        found=($options)
    else
        if [[ -z $awaiting ]]; then found=($verbs); fi
        _mem_values "$values" "$profile"
    fi
    COMPREPLY=()
    for told in "${found[@]}"; do
        if [[ $told == "$word"* ]]; then COMPREPLY+=("$told"); fi
    done
}
complete -F _mem mem
