"""What the completion scripts are filled into, one for each shell; `@NAMES@` are put in by `completion_scripts`."""

from __future__ import annotations

BASH = r"""@HEADING@
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
            @VALUED@) awaiting=$told; continue ;;
        esac
        if [[ $told == -?* ]]; then continue; fi
        case "$place/$told" in
            @PLACES@) place=$place/$told position=0 ;;
            *) ((position++)) ;;
        esac
    done
    case "$place" in
@CASES@
    esac
    case "$place ${awaiting:-$position}" in
@VALUES@
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
"""

ZSH = r"""#compdef mem
@HEADING@
_mem_values() {  # $1: words, and @… for what is looked up; $2: the profile that was named
    emulate -L zsh
    setopt null_glob extended_glob
    local data=${XDG_DATA_HOME:-$HOME/.local/share}/mem settings=${XDG_CONFIG_HOME:-$HOME/.config}/mem/config.toml
    if [[ $OSTYPE == darwin* ]]; then
        data=${XDG_DATA_HOME:-$HOME/Library/Application Support}/mem
        settings=${XDG_CONFIG_HOME:-$HOME/Library/Application Support}/mem/config.toml
    fi
    if [[ -n $MEM_HOME ]]; then data=${MEM_HOME/#\~/$HOME}/data settings=${MEM_HOME/#\~/$HOME}/config.toml; fi
    local profile=${2:-$MEM_PROFILE} token line
    local -a match words ids
    if [[ -z $profile && -r $settings ]]; then
        while read -r line && [[ $line != \[* ]]; do
            if [[ $line =~ "^profile *= *[\"']([a-z0-9_-]+)" ]]; then profile=$match[1]; fi
        done < $settings
    fi
    for token in ${=1}; do
        case $token in
            (@files) _files ;;
            (@profiles) words+=($data/profiles/*(/:t)) ;;
            (@models) words+=($data/models/*.gguf(:t:r)) ;;
            (@ids:*) line=$data/profiles/${profile:-default}/recent_ids
                if [[ -r $line ]]; then ids+=(${(M)${(f)"$(< $line)"}:#[${token#@ids:}]*}); fi ;;
            (*) words+=($token) ;;
        esac
    done
    if (( $#words )); then compadd -a words; fi
    if (( $#ids )); then compadd -V ids -a ids; fi
}
_mem() {
    local place= position=0 awaiting= profile= values= index told
    local -a verbs options
    for ((index = 2; index < CURRENT; index++)); do
        told=$words[index]
        if [[ -n $awaiting ]]; then
            case $awaiting in (--profile|-p) profile=$told ;; esac
            awaiting=
            continue
        fi
        case "$place $told" in
            (@VALUED@) awaiting=$told; continue ;;
        esac
        if [[ $told == --profile=* ]]; then profile=${told#*=}; fi
        if [[ $told == -?* ]]; then continue; fi
        case "$place/$told" in
            (@PLACES@) place=$place/$told position=0 ;;
            (*) ((position++)) ;;
        esac
    done
    if [[ -z $awaiting && $PREFIX == --*=* ]]; then
        awaiting=${PREFIX%%=*}
        compset -P '*='
    fi
    case "$place" in
@CASES@
    esac
    case "$place ${awaiting:-$position}" in
@VALUES@
    esac
    if [[ -n $awaiting ]]; then
        _mem_values "$values" "$profile"
    elif [[ $PREFIX == -* ]]; then
        _describe -o 'option' options
    else
        if (( $#verbs )); then _describe 'command' verbs; fi
        if [[ -n $values ]]; then _mem_values "$values" "$profile"; fi
    fi
}
if [ "$funcstack[1]" = "_mem" ]; then _mem "$@"; else compdef _mem mem; fi
"""

FISH = r"""@HEADING@
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
            case @VALUED@
                set awaiting $told
                continue
        end
        string match -q -- '-?*' $told; and continue
        switch "$place/$told"
            case @PLACES@
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
@CASES@
    end
    set -l asked $awaiting
    test -z "$asked"; and set asked $position
    switch "$place $asked"
@VALUES@
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
"""
