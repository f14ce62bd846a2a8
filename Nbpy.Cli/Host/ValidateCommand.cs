using System.CommandLine;
using System.Diagnostics;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy validate …</c>: the validation program with the same arguments and exit codes.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var arguments = new Argument<string[]>("arguments") { Description = "zmq, influxdb or full (default), --duration, --json, --config: see 'nbpy validate full --help'.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("validate", "Proves that every topic streams and is stored. Exit codes: 0 it does, 1 it does not, 2 wrong usage or configuration.") { arguments };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, cancellationToken) =>
        {
            string[] passed = [.. result.GetValue(arguments) ?? [], .. result.UnmatchedTokens];
            return await RunAsync(passed.Length == 0 || passed[0].StartsWith('-') ? ["full", .. passed] : passed, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        if (Find() is not { } program)
        {
            await Console.Error.WriteLineAsync("Nbpy.Validation.dll is not beside this command; in a clone build it ('dotnet build'), else install the tool anew.").ConfigureAwait(false);
            return 2;
        }

        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]))!;
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>Beside this program, or in the other project's output of the same kind of build.</summary>
    private static string? Find()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "Nbpy.Validation.dll");
        var sibling = Path.Combine(AppContext.BaseDirectory.Replace("Nbpy.Cli", "Nbpy.Validation", StringComparison.Ordinal), "Nbpy.Validation.dll");
        return File.Exists(beside) ? beside : File.Exists(sibling) ? sibling : null;
    }
}
