using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy logs</c>: reads the log files, whether a host runs or not.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    public static async Task<int> RunAsync(IntegrationConfig config, string? service, bool follow, string? since, CancellationToken cancellationToken)
    {
        if (Since(since) is not { } from)
        {
            await Console.Error.WriteLineAsync($"--since is '{since}'; write 90s, 15m, 2h, 1d or a time such as 2026-01-31T09:00:00Z.").ConfigureAwait(false);
            return 2;
        }

        var names = Names(config.System.LogDir);
        if (service is not null)
        {
            var wanted = service.Replace('_', '-');
            if (!names.Contains(wanted))
            {
                await Console.Error.WriteLineAsync($"There is no log of '{service}' in {config.System.LogDir}; there are {string.Join(", ", names)}.").ConfigureAwait(false);
                return 1;
            }

            names = [wanted];
        }

        var positions = new Dictionary<string, long>();
        foreach (var name in names)
        {
            foreach (var old in Enumerable.Range(1, 3).Reverse().Select(age => Path.Combine(config.System.LogDir, $"{name}.{age}.log")).Where(File.Exists))
                Print(name, old, 0, from, names.Count > 1);
            positions[name] = Print(name, Path.Combine(config.System.LogDir, name + ".log"), 0, from, names.Count > 1);
        }

        try
        {
            while (follow)
            {
                await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
                foreach (var name in names)
                {
                    var path = Path.Combine(config.System.LogDir, name + ".log");
                    var position = positions[name];

                    if (File.Exists(path) && new FileInfo(path).Length < position)
                    {
                        // Turned over meanwhile: what is left of the old file, which has the next name now, then the new one from its start.
                        var old = Path.Combine(config.System.LogDir, $"{name}.1.log");
                        if (File.Exists(old) && new FileInfo(old).Length >= position)
                            Print(name, old, position, DateTimeOffset.MinValue, names.Count > 1);
                        position = 0;
                    }

                    positions[name] = Print(name, path, position, DateTimeOffset.MinValue, names.Count > 1);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C ends the following.
        }

        return 0;
    }

    private static List<string> Names(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*.log").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => !(n.Length > 2 && n[^2] == '.' && char.IsAsciiDigit(n[^1]))).Order(StringComparer.Ordinal)];

    private static long Print(string name, string path, long position, DateTimeOffset from, bool prefix)
    {
        if (!File.Exists(path))
            return 0;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = position;
        using var reader = new StreamReader(stream);
        var printing = from == DateTimeOffset.MinValue;
        while (reader.ReadLine() is { } line)
        {
            // A line without a time belongs to the one before it.
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                printing = time >= from;
            if (printing)
                Console.WriteLine(prefix ? $"{name,-28} {line}" : line);
        }

        return stream.Position;
    }

    private static DateTimeOffset? Since(string? text)
    {
        if (text is null)
            return DateTimeOffset.MinValue;
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
            if (unit > 0 && number is >= 0 and < 1e6)
                return DateTimeOffset.UtcNow - TimeSpan.FromSeconds(number * unit);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }
}
