using System.CommandLine;

namespace Nbpy.Cli;

/// <summary><c>nbpy completion bash|zsh|fish</c>: a script for the shell; the words come from the command itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _nbpy() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(nbpy "[suggest:$((COMP_POINT - ${#COMP_WORDS[0]} - 1))]" "${COMP_LINE#* }" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _nbpy nbpy
        """;

    private const string Zsh = """
        _nbpy() {
          local line="${words[2,-1]}"
          compadd -- ${(f)"$(nbpy "[suggest:${#line}]" "$line" 2>/dev/null)"}
        }
        compdef _nbpy nbpy
        """;

    private const string Fish = """
        complete -c nbpy -f -a '(set -l line (string join " " (commandline -opc)[2..] (commandline -ct)); nbpy "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes nbpy's words: source <(nbpy completion bash).") { shell };
        command.SetAction(result => Console.WriteLine(result.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }));
        return command;
    }
}
