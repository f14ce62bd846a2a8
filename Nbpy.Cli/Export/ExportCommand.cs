using System.CommandLine;
using System.Globalization;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Export;

/// <summary><c>nbpy export MEASUREMENT</c>: streams a measurement out of the store.</summary>
internal static class ExportCommand
{
    private const int ProgressEvery = 100_000;

    /// <summary>What InfluxDB takes for the first time, and a time behind its last, with room to reckon: 1677 and 2262.</summary>
    private const long Earliest = long.MinValue + 2_000_000_000, Latest = long.MaxValue - 1;

    public static Command Create()
    {
        var measurement = new Argument<string>("measurement") { Description = "The measurement." };
        var format = new Option<string>("--format", "-f") { Description = "json (one object a line), csv, line (line protocol) or parquet (needs --output).", DefaultValueFactory = _ => "json" };
        format.AcceptOnlyFromAmong("json", "csv", "line", "parquet");
        var since = new Option<string?>("--since") { Description = "From that time on: ISO 8601, or a while ago (90s, 15m, 2h, 30d). Default: the beginning." };
        var until = new Option<string?>("--until") { Description = "Before that time, in the same spelling. Default: now." };
        var output = new Option<string?>("--output", "-o") { Description = "A file; default: standard output." };
        var policy = new Option<string?>("--retention-policy") { Description = "Default: the measurement's own." };
        return Commands.Make(
            "export", "Streams a measurement out of the store, in time order; progress goes to standard error.", [measurement, format, since, until, output, policy],
            (r, c, t) => RunAsync(c, r.GetRequiredValue(measurement), r.GetRequiredValue(format), r.GetValue(since), r.GetValue(until), r.GetValue(output), r.GetValue(policy), t));
    }

    private static async Task<int> RunAsync(
        IntegrationConfig config, string measurement, string format, string? since, string? until, string? file, string? policy, CancellationToken cancellationToken)
    {
        if (Time(since, Earliest) is not { } from || Time(until, Now()) is not { } to)
        {
            await Console.Error.WriteLineAsync("--since and --until take ISO 8601 (2026-01-31T09:00:00Z) or a while ago (90s, 15m, 2h, 30d).").ConfigureAwait(false);
            return 2;
        }

        if (format == "parquet" && file is null)
        {
            await Console.Error.WriteLineAsync("--format parquet is a file of bytes: say which with --output FILE.").ConfigureAwait(false);
            return 2;
        }

        using var client = new InfluxClient(new InfluxOptions
        {
            Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Username = config.InfluxDb.Reader.Username, Password = config.InfluxDb.Reader.Password,
            Timeout = TimeSpan.FromMinutes(2),
        });
        var reader = new MeasurementReader(client);
        var own = policy ?? config.InfluxDb.Measurements.GetValueOrDefault(measurement)?.RetentionPolicy
            ?? (config.Downsampling.Measurements.Keys.Any(m => $"{m}_{config.Downsampling.Interval}" == measurement) ? config.Downsampling.RetentionPolicy : null);
        var types = await reader.FieldTypesAsync(own, measurement, cancellationToken).ConfigureAwait(false);
        if (types.Count == 0)
        {
            await Console.Error.WriteLineAsync($"The store has no measurement '{measurement}' in {config.InfluxDb.Database}; 'nbpy retention stats' lists them.").ConfigureAwait(false);
            return 1;
        }

        var tags = await client.QueryAsync($"SHOW TAG KEYS FROM {RetentionManager.FullName(config.InfluxDb.Database, own, measurement)}", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> tagNames = [.. tags.Series.SelectMany(s => s.Rows).Select(r => r[0].GetString()!).Order(StringComparer.Ordinal)];
        // A file has its name only when it is whole.
        var part = file + ".part";
        long count;
        await using (IPointWriter writer = format == "parquet"
            ? new ParquetPointWriter(File.Create(part), types, tagNames)
            : new TextPointWriter(file is null ? Console.Out : new StreamWriter(part), format, measurement, types, tagNames))
        {
            count = await CopyAsync(reader.ReadAsync(own, measurement, from, to, cancellationToken), writer, cancellationToken).ConfigureAwait(false);
        }

        if (file is not null)
            File.Move(part, file, overwrite: true);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{count:N0} points of {measurement}.")).ConfigureAwait(false);
        return 0;
    }

    private static async Task<long> CopyAsync(IAsyncEnumerable<StoredPoint> points, IPointWriter writer, CancellationToken cancellationToken)
    {
        await writer.BeginAsync(cancellationToken).ConfigureAwait(false);
        long count = 0;
        await foreach (var point in points.ConfigureAwait(false))
        {
            await writer.WriteAsync(point, cancellationToken).ConfigureAwait(false);
            if (++count % ProgressEvery == 0)
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{count:N0} points, at {DateTimeOffset.FromUnixTimeMilliseconds(point.TimeNs / 1_000_000):yyyy-MM-dd HH:mm:ss}")).ConfigureAwait(false);
        }

        await writer.EndAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;

    private static long? Time(string? text, long otherwise)
    {
        if (text is null)
            return otherwise;
        if (InfluxDuration.TryParse(text, out var ago) && ago > TimeSpan.Zero)
            return Nanoseconds(DateTimeOffset.UtcNow.UtcTicks - (Int128)ago.Ticks);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Nanoseconds(time.UtcTicks) : null;
    }

    private static long Nanoseconds(Int128 ticks) => (long)Int128.Clamp((ticks - DateTime.UnixEpoch.Ticks) * 100, Earliest, Latest);
}
