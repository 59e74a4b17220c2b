# fish completion for mem, made by: mem completions fish
function __mem_values  # $argv[1]: the profile that was named; the rest: words, and @… for what is looked up
    set -l data ~/.local/share
    set -l settings ~/.config
    if test -d ~/Library/'Application Support'
        set data ~/Library/'Application Support'
        set settings $data
    end
    test -n "$XDG_DATA_HOME"; and set data $XDG_DATA_HOME
    test -n "$XDG_CONFIG_HOME"; and set settings $XDG_CONFIG_HOME
    set data $data/mem
    set settings $settings/mem/config.toml
    if test -n "$MEM_HOME"
        set -l root (string replace -r '^~' ~ -- $MEM_HOME)
        set data $root/data
        set settings $root/config.toml
    end
    set -l profile $argv[1]
    test -z "$profile"; and set profile $MEM_PROFILE
    if test -z "$profile" -a -r $settings
        while read -l line; and not string match -q '[*' -- $line
            set -l named (string match -r '^profile *= *["\']([a-z0-9_-]+)' -- $line); and set profile $named[2]
        end <$settings
    end
    test -z "$profile"; and set profile default
    for token in $argv[2..-1]
        switch $token
            case @files
                __fish_complete_path (commandline -ct)
            case @profiles
                for path in $data/profiles/*/
                    string replace -r '.*/([^/]+)/$' '$1' -- $path
                end
            case @models
                for path in $data/models/*.gguf
                    string replace -r '.*/(.*)\.gguf$' '$1' -- $path
                end
            case '@ids:*'
                set -l kept $data/profiles/$profile/recent_ids
                test -r $kept; and string match -r "^["(string sub -s 6 -- $token)"].*" <$kept
            case '*'
                echo $token
        end
    end
end
function __mem_complete
    set -l place
    set -l position 0
    set -l awaiting
    set -l profile
    set -l verbs
    set -l options
    set -l values
    set -l word (commandline -ct)
    set -l words (commandline -opc)
    for told in $words[2..-1]
        if test -n "$awaiting"
            contains -- $awaiting --profile -p; and set profile $told
            set awaiting
            continue
        end
        string match -q -- '--profile=*' $told; and set profile (string replace -- '--profile=' '' $told)
        switch "$place $told"
            case '* --profile' '* -p' '* --model' '* -m' '/chat --resume' '/chat -r' '/chat --file' '/chat -f' '/chat --system' '/chat --persona' '/ask --file' '/ask -f' '/ask --session' '/ask -s' '/recall --limit' '/recall -n' '/recall --since' '/recall --until' '/recall --as-of' '/recall --kind' '/recall -k' '/recall --tag' '/recall -t' '/remember --tag' '/remember -t' '/remember --file' '/remember -f' '/remember --when' '/inspect --as-of' '/forget --session' '/forget -s' '/forget --entity' '/forget --since' '/forget --until' '/forget --from-import' '/forget --lift' '/forget --grace' '/log --since' '/log --until' '/log --fact' '/log --limit' '/log -n' '/diff --since' '/diff --until' '/sessions/list --limit' '/sessions/list -n' '/sessions/search --limit' '/sessions/search -n' '/sessions/export --format' '/sessions/export --output' '/sessions/export -o' '/models/pull --sha256' '/models/embedder/use --query-prefix' '/models/embedder/use --passage-prefix' '/profiles/delete --confirm' '/stats --html' '/consolidate --older-than' '/eval/locomo --unit' '/eval/locomo --limit' '/eval/locomo -n' '/eval/longmemeval --unit' '/eval/longmemeval --limit' '/eval/longmemeval -n' '/eval/beam --unit' '/eval/beam --limit' '/eval/beam -n' '/eval/jsonl --unit' '/eval/jsonl --limit' '/eval/jsonl -n'
                set awaiting $told
                continue
        end
        string match -q -- '-?*' $told; and continue
        switch "$place/$told"
            case /chat /ask /recall /remember /inspect /forget /log /diff /undo /edit /pin /review /retry /why /sessions /sessions/list /sessions/show /sessions/search /sessions/rename /sessions/delete /sessions/export /setup /models /models/list /models/info /models/pull /models/rm /models/default /models/use /models/embedder /models/embedder/use /models/reranker /models/reranker/use /models/reranker/off /keys /keys/list /keys/set /keys/rm /config /config/path /config/get /config/set /config/check /config/edit /profiles /profiles/list /profiles/create /profiles/delete /stats /consolidate /reindex /doctor /backup /restore /eval /eval/locomo /eval/longmemeval /eval/beam /eval/jsonl /eval/self /schema /completions /config/set/profile /config/set/model /config/set/tools /config/set/learn /config/set/approve /config/set/consolidate /config/set/flash_attention /config/set/kv_cache_type /config/set/vi_mode
                set place "$place/$told"
                set position 0
            case '*'
                set position (math $position + 1)
        end
    end
    set -l before
    if test -z "$awaiting"; and string match -q -- '--*=*' $word
        set awaiting (string replace -r '=.*' '' -- $word)
        set before $awaiting=
    end
    switch "$place"
        case ''
            set verbs chat\t'Talk; what you say is remembered.' ask\t'Ask one question; what is piped in stands before it, quoted.' recall\t'Search memory: dated memories with their ids, best first.' remember\t'Remember a text, and the facts that are read in it; from a file or stdin they...' inspect\t'Show what is known, why, and since when.' forget\t'Remove memories and facts for good.' log\t'Show what changed in memory, newest first; each change can be taken back.' diff\t'Show which facts were added (+), ended (-) or changed (~) since then.' undo\t'Take back the last change, or another; undo an undo to bring it back.' edit\t'Change what a fact, a note or a core block says; mem log keeps what it was.' pin\t'Keep a fact as it is: what is said later does not change or end it.' review\t'Say yes or no to what waits before it is remembered.' retry\t'Read facts again where that failed before.' why\t'Show what was retrieved, used and left out for an answer.' sessions\t'List, search, name, export and delete conversations.' setup\t'Ask three questions: where answers come from, which model, and what to call you.' models\t'List, fetch and choose chat models.' keys\t'Keep the keys of remote models.' config\t'Show and change settings.' profiles\t'List, make and remove profiles.' stats\t'Show how memory and retrieval did over time.' consolidate\t'Summarise old turns and merge notes that say the same; nothing is deleted.' reindex\t'Build the search index anew from the database.' doctor\t'Check all that can be wrong, and say what to do.' backup\t'Write the profile and the settings into one file.' restore\t'Bring a profile back from a backup.' eval\t'Measure how well retrieval finds what was said.' schema\t'Print the JSON schema of what a verb prints with --json; its fields are kept.' completions\t'Print the script that completes mem in a shell.'
            set options --profile\t'Which profile to use (MEM_PROFILE).' --model\t'Which chat model to use (MEM_MODEL).' --quiet\t'Print nothing but the answer.' --verbose\t'Say more on stderr.' --version\t'Print the version.' --help\t'Show this message and exit.'
        case '/chat'
            set options --resume\t'Go on in this session; in the newest without an ID.' --file\t'Text, markdown or PDF for the first message; - is stdin.' --system\t'More instructions, for this conversation.' --persona\t'Who mem is, in this conversation.' --no-memory\t'Recall nothing and learn nothing; the conversation itself is kept.' --incognito\t'Write nothing, learn nothing; memory is not read either.' --read-memory\t'With --incognito: recall what is remembered.' --help\t'Show this message and exit.'
        case '/ask'
            set options --file\t'Text, markdown or PDF to ask about; - is stdin; may be repeated.' --session\t'Continue this session; `last` is the newest.' --incognito\t'Write nothing, learn nothing; memory is not read either.' --read-memory\t'With --incognito: recall what is remembered.' --json\t'Print JSON.' --stream-json\t'Print JSON events as they come, one a line; see: mem schema ask-events.' --help\t'Show this message and exit.'
        case '/recall'
            set options --limit\t'At most so many memories.' --since\t'Only from then on: 2026-05-07, last March, two weeks ago.' --until\t'Only up to then, and with it.' --as-of\t'What was true, and had been told, at the end of then.' --kind\t'Only fact, turn, archival, imported or summary; may be repeated.' --tag\t'Only what was filed with it; without QUERY all of that.' --why\t'Show scores, and what was left out and why.' --archived\t'Search what mem consolidate has archived, by words alone.' --no-ledger\t'Keep no note of this search.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/remember'
            set options --tag\t'A word to file it under, for mem recall --tag; may be repeated.' --file\t'Remember what a text, markdown or PDF file says.' --when\t'When it was said, if not now: 2026-05-07, last March, yesterday.' --sensitive\t'Keep passwords, keys and numbers in it, which are masked otherwise.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/inspect'
            set options --all\t'Also what is no longer true; more than the newest.' --html\t'Of a graph: write a page for a browser instead.' --force\t'Replace the file of a page.' --as-of\t'Of facts: those true at the end of then: 2019, last March.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/forget'
            set options --session\t'All of a session, or last.' --entity\t'All about somebody or something.' --since\t'All from then on.' --until\t'All up to then.' --from-import\t'All that was remembered from a file; - reads stdin.' --all\t'All that the profile holds; asks for its name.' --list\t'What was forgotten, and is not learned again.' --lift\t'Let it be learned again (ids from --list).' --grace\t'Not before so long: 10m, 2h, 3d; mem undo calls it off.' --yes\t'Do not ask.' --dry-run\t'Only show what would be removed.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/log'
            set options --since\t'Only from then on: yesterday, last March, 2026-05-07.' --until\t'Only up to then, and with it.' --fact\t'Only changes of this fact (f3), memory (e5) or core:human.' --limit\t'At most so many changes.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/diff'
            set options --since\t'Compare with the beginning of then: last week, March 2026, 2025.' --until\t'Up to the end of then, rather than now.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/undo'
            set options --yes\t'Do not ask.' --dry-run\t'Only show what would be taken back.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/edit'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/pin'
            set options --off\t'No longer: new things said may change it again.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/review'
            set options --accept\t'Remember those named.' --reject\t'Do not remember those named, and do not ask again.' --all\t'Everything that waits; alone: list also what was rejected.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/retry'
            set options --all\t'Also what has not failed, but waits.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/why'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/sessions'
            set verbs list\t'The newest conversations first.' show\t'What was said in a conversation.' search\t'Conversations that have these words, the newest first, then those that are...' rename\t'Give a conversation a title of your own.' delete\t'Remove a conversation for good, with what was learned from it alone.' export\t'Write a conversation as markdown, or as JSON.'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/sessions/list'
            set options --limit\t'At most so many.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/sessions/show'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/sessions/search'
            set options --limit\t'At most so many.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/sessions/rename'
            set options --help\t'Show this message and exit.'
        case '/sessions/delete'
            set options --yes\t'Do not ask.' --dry-run\t'Only show what would be removed.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/sessions/export'
            set options --format\t'md or json.' --output\t'A file that is not there yet; - is stdout.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/setup'
            set options --help\t'Show this message and exit.'
        case '/models'
            set verbs list\t'What there is, what is used and why, what can be pulled.' info\t'A model: where it is, its size, checksum, licence, key, and how much of it...' pull\t'Fetch a model file, resumed and checked.' rm\t'Remove the file of a model that was pulled.' default\t'Which model is used; with NAME, the same as use.' use\t'Make a model the one that is used.' embedder\t'Show and change the model that searches by meaning.' reranker\t'Show and change the model that sorts what was found.'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/models/list'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/models/info'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/models/pull'
            set options --sha256\t'What the file\'s checksum must be.' --yes\t'Do not ask.' --help\t'Show this message and exit.'
        case '/models/rm'
            set options --yes\t'Do not ask.' --help\t'Show this message and exit.'
        case '/models/default'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/models/use'
            set options --help\t'Show this message and exit.'
        case '/models/embedder'
            set verbs use\t'Build the search index anew with another embedder, then use that; the old one...'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/models/embedder/use'
            set options --query-prefix\t'Put before each query.' --passage-prefix\t'Put before each memory.' --download\t'Fetch it from the hub if it is not here.' --force\t'Also where it finds less of your memory.' --wait\t'Wait for it, or let it be done meanwhile.' --help\t'Show this message and exit.'
        case '/models/reranker'
            set verbs use\t'Sort with a CrossEncoder, if it finds more of your memory than without.' off\t'Sort by the scores of the search itself.'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/models/reranker/use'
            set options --force\t'Also where it does not find more of your memory.' --help\t'Show this message and exit.'
        case '/models/reranker/off'
            set options --help\t'Show this message and exit.'
        case '/keys'
            set verbs list\t'Which keys there are, and where; never a key.' set\t'Keep a key: typed unseen, or from stdin.' rm\t'Remove a key.'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/keys/list'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/keys/set'
            set options --file\t'Keep it in a file, also where there is a keyring.' --help\t'Show this message and exit.'
        case '/keys/rm'
            set options --yes\t'Do not ask.' --help\t'Show this message and exit.'
        case '/config'
            set verbs path\t'Where the config file is (it need not exist).' get\t'The value of one setting.' set\t'Change one setting in the config file; its comments stay.' check\t'Look for what is wrong with the settings, or contradicts itself.' edit\t'Open the config file in your editor, and check it afterwards.'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/config/path'
            set options --help\t'Show this message and exit.'
        case '/config/get'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/config/set'
            set options --help\t'Show this message and exit.'
        case '/config/check'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/config/edit'
            set options --help\t'Show this message and exit.'
        case '/profiles'
            set verbs list\t'Which profiles exist, and which one is used.' create\t'Make a profile.' delete\t'Remove a profile with everything in it.'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/profiles/list'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/profiles/create'
            set options --help\t'Show this message and exit.'
        case '/profiles/delete'
            set options --confirm\t'The profile\'s name again, instead of being asked.' --yes\t'Do not ask.' --help\t'Show this message and exit.'
        case '/stats'
            set options --html\t'Write a page for a browser instead, with a map of memories.' --force\t'Replace the file of a page.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/consolidate'
            set options --older-than\t'Only what is older: 30d, 8w, 6m, 1y (the setting: days).' --yes\t'Do not ask.' --dry-run\t'Only show what would be done, as without --yes.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/reindex'
            set options --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/doctor'
            set options --deep\t'Read every byte of the search index too.' --repair\t'Mend what can be mended, then look again.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/backup'
            set options --encrypt\t'Encrypt it with a passphrase, which is asked for.' --list\t'Only list the backups that are known.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/restore'
            set options --yes\t'Do not ask.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/eval'
            set verbs locomo\t'LoCoMo: long conversations between two people (locomo10.json).' longmemeval\t'LongMemEval: questions, each with a haystack of sessions of its own...' beam\t'BEAM: long chats with an assistant (directories with chat.json and...' jsonl\t'A data set of your own: one JSON object a line, documents and questions.' self\t'Measure how well your own memories are found, and compare with the last time.'
            set options --help\t'Show this message and exit.'
        case '/eval/locomo'
            set options --unit\t'What is to be found: the turn, or the session by its best turn.' --limit\t'Ask N questions only, taken evenly from all.' --by-type\t'Show each type of question too.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/eval/longmemeval'
            set options --unit\t'What is to be found: the turn, or the session by its best turn.' --limit\t'Ask N questions only, taken evenly from all.' --by-type\t'Show each type of question too.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/eval/beam'
            set options --unit\t'What is to be found: the turn, or the session by its best turn.' --limit\t'Ask N questions only, taken evenly from all.' --by-type\t'Show each type of question too.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/eval/jsonl'
            set options --unit\t'What is to be found: the turn, or the session by its best turn.' --limit\t'Ask N questions only, taken evenly from all.' --by-type\t'Show each type of question too.' --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/eval/self'
            set options --rebuild\t'Make the questions from your memories anew.' --json\t'Print JSON.' --help\t'Show this message and exit.'
        case '/schema'
            set options --json\t'Print JSON.' --plain\t'Print one record a line, fields separated by tabs.' --help\t'Show this message and exit.'
        case '/completions'
            set options --help\t'Show this message and exit.'
        case '/config/set/profile'
        case '/config/set/model'
        case '/config/set/tools'
        case '/config/set/learn'
        case '/config/set/approve'
        case '/config/set/consolidate'
        case '/config/set/flash_attention'
        case '/config/set/kv_cache_type'
        case '/config/set/vi_mode'
    end
    set -l asked $awaiting
    test -z "$asked"; and set asked $position
    switch "$place $asked"
        case '* --profile' '* -p'
            set values @profiles
        case '* --model' '* -m'
            set values starter @models
        case '/chat --resume' '/chat -r'
            set values last @ids:s
        case '/chat --file' '/chat -f'
            set values @files
        case '/ask --file' '/ask -f'
            set values @files
        case '/ask --session' '/ask -s'
            set values last @ids:s
        case '/recall --kind' '/recall -k'
            set values fact turn archival imported summary
        case '/remember --file' '/remember -f'
            set values @files
        case '/inspect 0'
            set values facts core episodes sessions pending context entities entity graph @ids:fesctw
        case '/forget --session' '/forget -s'
            set values last @ids:s
        case '/forget --from-import'
            set values @files
        case '/forget --lift'
            set values @ids:x
        case '/forget *'
            set values @ids:ef
        case '/log --fact'
            set values @ids:ef
        case '/undo 0'
            set values @ids:c
        case '/edit 0'
            set values persona human @ids:ef
        case '/pin 0'
            set values @ids:f
        case '/review *'
            set values @ids:w
        case '/why 0'
            set values @ids:t
        case '/sessions/show 0'
            set values last @ids:s
        case '/sessions/rename 0'
            set values last @ids:s
        case '/sessions/delete 0'
            set values last @ids:s
        case '/sessions/export --format'
            set values md json
        case '/sessions/export --output' '/sessions/export -o'
            set values @files
        case '/sessions/export 0'
            set values last @ids:s
        case '/sessions/export 1'
            set values @files
        case '/models/info 0'
            set values starter @models qwen2.5-1.5b llama-3.2-3b qwen3-4b qwen2.5-7b
        case '/models/pull *'
            set values qwen2.5-1.5b llama-3.2-3b qwen3-4b qwen2.5-7b
        case '/models/rm 0'
            set values @models
        case '/models/default 0'
            set values starter @models
        case '/models/use 0'
            set values starter @models
        case '/models/embedder/use 0'
            set values @files
        case '/models/reranker/use 0'
            set values @files
        case '/keys/set 0'
            set values openai anthropic gemini mistral openrouter groq deepseek xai together_ai cohere perplexity
        case '/keys/rm 0'
            set values openai anthropic gemini mistral openrouter groq deepseek xai together_ai cohere perplexity
        case '/config/get 0'
            set values profile model api_base api_key_env embedder query_prefix passage_prefix reranker tools learn approve extract_tokens_per_day consolidate consolidate_after_days budget_tokens answer_tokens memory_tokens temperature timeout_seconds context_window n_gpu_layers n_threads n_batch flash_attention kv_cache_type rope_freq_base rope_freq_scale vi_mode
        case '/config/set 0'
            set values profile model api_base api_key_env embedder query_prefix passage_prefix reranker tools learn approve extract_tokens_per_day consolidate consolidate_after_days budget_tokens answer_tokens memory_tokens temperature timeout_seconds context_window n_gpu_layers n_threads n_batch flash_attention kv_cache_type rope_freq_base rope_freq_scale vi_mode
        case '/profiles/delete --confirm'
            set values @profiles
        case '/profiles/delete 0'
            set values @profiles
        case '/stats --html'
            set values @files
        case '/backup 0'
            set values @files
        case '/restore 0'
            set values @files
        case '/eval/locomo --unit'
            set values turn session
        case '/eval/locomo 0'
            set values @files
        case '/eval/longmemeval --unit'
            set values turn session
        case '/eval/longmemeval 0'
            set values @files
        case '/eval/beam --unit'
            set values turn session
        case '/eval/beam 0'
            set values @files
        case '/eval/jsonl --unit'
            set values turn session
        case '/eval/jsonl 0'
            set values @files
        case '/schema *'
            set values ask ask-events backup backup-list config config-check config-get consolidate diff doctor edit eval eval-self forget forget-dry-run forget-list inspect inspect-change inspect-context inspect-core inspect-entities inspect-entity inspect-episodes inspect-facts inspect-graph inspect-item inspect-message inspect-pending inspect-review inspect-search inspect-sessions inspect-turn keys log models models-default models-embedder models-info models-reranker pin profiles recall reindex remember restore retry review sessions sessions-search sessions-show stats undo why
        case '/completions 0'
            set values bash zsh fish man
        case '/config/set/profile 0'
            set values @profiles
        case '/config/set/model 0'
            set values starter @models
        case '/config/set/tools 0'
            set values auto on off
        case '/config/set/learn 0'
            set values auto patterns off
        case '/config/set/approve 0'
            set values stakes all never
        case '/config/set/consolidate 0'
            set values ask auto off
        case '/config/set/flash_attention 0'
            set values true false
        case '/config/set/kv_cache_type 0'
            set values f16 q8_0
        case '/config/set/vi_mode 0'
            set values true false
    end
    if test -n "$awaiting"
        __mem_values "$profile" $values | string replace -r '^' -- "$before"
    else if string match -q -- '-*' $word
        printf '%s\n' $options
    else
        test -n "$verbs"; and printf '%s\n' $verbs
        test -n "$values"; and __mem_values "$profile" $values
    end
end
complete -c mem -f -k -a '(__mem_complete)'
