namespace Nbpy.Hosting.Internal.Containers;

/// <summary>What a call of the container runtime came to.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    public bool Success => ExitCode == 0;

    /// <summary>The line that says why: the last of standard error, or of the output.</summary>
    public string Reason => (Error.Length > 0 ? Error : Output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .LastOrDefault(l => !l.StartsWith("See ", StringComparison.Ordinal) && !l.StartsWith("Run '", StringComparison.Ordinal)) ?? $"exit code {ExitCode}";
}
