using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Cli.Record;

/// <summary><c>nbpy record TOPIC --out FILE</c>: the publishers' program with the same arguments and exit codes. It connects by itself:
/// no host has to run, and nothing is published.</summary>
internal static class RecordCommand
{
    public static Command Create()
    {
        var topic = new Argument<string>("topic") { Description = "The topic, or the publisher's name." };
        var output = new Option<string>("--out", "-o") { Description = "The file; .gz and .zst compress.", Required = true };
        var force = new Option<bool>("--force") { Description = "Overwrite a file that exists." };
        var size = new Option<string?>("--max-size") { Description = "End before the file becomes larger, such as 500MB or 2GiB (default: no limit)." };
        var duration = new Option<string?>("--duration") { Description = "How long, such as 90, 90s, 10m or 2h (default: until Ctrl+C)." };
        var command = new Command("record", "Writes a venue's messages as they come, with their receive times, for source: replay. Exit codes: 0 recorded, 1 nothing came or the file cannot be written, 2 wrong usage or configuration.")
        {
            topic, output, force, duration, size, Commands.ConfigPath,
        };
        command.SetAction((r, cancellationToken) =>
        {
            List<string> arguments = ["record", r.GetRequiredValue(topic), "--out", r.GetRequiredValue(output)];
            if (r.GetValue(duration) is { } d)
                arguments.AddRange(["--duration", d]);
            if (r.GetValue(size) is { } most)
                arguments.AddRange(["--max-size", most]);
            if (r.GetValue(force))
                arguments.Add("--force");
            if (r.GetValue(Commands.ConfigPath) is { } c)
                arguments.AddRange(["--config", c]);
            return RunAsync(arguments, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (Find() is not { } program)
        {
            await Console.Error.WriteLineAsync("Nbpy.Publishers is not built beside this command; build the project ('dotnet build').").ConfigureAwait(false);
            return 2;
        }

        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]))!;
        // A terminal's Ctrl+C reaches it too; a SIGTERM to this process does not. Either way it closes its file before it ends.
        using var passOn = cancellationToken.Register(() => Stop(process));
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    private static void Stop(Process process)
    {
        if (OperatingSystem.IsWindows() || process.HasExited)
            return;
        using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"kill -TERM {process.Id.ToString(CultureInfo.InvariantCulture)} 2>/dev/null"]));
    }

    /// <summary>Beside this program, or in the other project's output of the same kind of build.</summary>
    private static string? Find()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "Nbpy.Publishers.dll");
        var sibling = Path.Combine(AppContext.BaseDirectory.Replace("Nbpy.Cli", "Nbpy.Publishers", StringComparison.Ordinal), "Nbpy.Publishers.dll");
        return File.Exists(beside) ? beside : File.Exists(sibling) ? sibling : null;
    }
}
