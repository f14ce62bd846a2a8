using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nbpy.Influx;

namespace Nbpy.Cli.Backup;

/// <summary>One measurement in one policy.</summary>
/// <param name="Policy">The retention policy.</param>
/// <param name="Measurement">The measurement.</param>
/// <param name="Points">Points in the copy.</param>
/// <param name="Checksum">XxHash3 of every time, tag and field of them, in time order; hexadecimal.</param>
internal sealed record InventoryEntry(string Policy, string Measurement, long Points, string Checksum);

/// <summary>What a backup holds: written beside it, compared after a restore.</summary>
/// <param name="Database">The database.</param>
/// <param name="Store">Which kind of store: <c>embedded</c> or <c>influxdb</c>.</param>
/// <param name="UntilNs">Points before this time are counted: all of them, where the copy itself was. ns since the Unix epoch.</param>
/// <param name="Entries">The measurements.</param>
internal sealed record Inventory(string Database, string Store, long UntilNs, IReadOnlyList<InventoryEntry> Entries)
{
    /// <summary>SHA-256 of the backup's files, by name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary><see cref="Store"/> of an embedded store's.</summary>
    public const string Embedded = "embedded";

    /// <summary><see cref="Store"/> of InfluxDB's.</summary>
    public const string InfluxDb = "influxdb";

    /// <summary>No time of InfluxDB's is later.</summary>
    public const long All = long.MaxValue - 1;

    /// <summary>Its file in a backup's folder.</summary>
    public const string FileName = "nbpy-backup.json";

    /// <summary>Counts and checks everything older than <paramref name="untilNs"/>.</summary>
    public static async Task<Inventory> TakeAsync(InfluxClient client, string store, long untilNs, CancellationToken cancellationToken)
    {
        var entries = new List<InventoryEntry>();
        var answer = await client.QueryAsync("SHOW MEASUREMENTS", cancellationToken).ConfigureAwait(false);
        var names = answer.Series.SelectMany(s => s.Rows).Select(r => r[0].GetString()!).ToList();
        var reader = new MeasurementReader(client);
        foreach (var policy in await new RetentionManager(client, TimeProvider.System).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var name in names)
            {
                var hash = new XxHash3();
                long points = 0;
                await foreach (var point in reader.ReadAsync(policy.Name, name, long.MinValue + 2_000_000_000, untilNs, cancellationToken).ConfigureAwait(false))
                {
                    points++;
                    hash.Append(Encoding.UTF8.GetBytes(Text(point)));
                }

                if (points == 0)
                    continue;
                entries.Add(new InventoryEntry(policy.Name, name, points, Convert.ToHexString(hash.GetCurrentHash())));
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {policy.Name}.{name}: {points:N0} points")).ConfigureAwait(false);
            }
        }

        return new Inventory(client.Options.Database, store, untilNs, entries);
    }

    /// <summary>Writes it into a backup's folder, with the sums of the files that lie there.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var whole = this with { Files = await SumsAsync(folder, cancellationToken).ConfigureAwait(false) };
        await File.WriteAllTextAsync(Path.Combine(folder, FileName), JsonSerializer.Serialize(whole, JsonSerializerOptions.Web), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Compares the backup's files with the sums taken when it was made.</summary>
    /// <exception cref="IOException">One is missing or damaged.</exception>
    public async Task CheckFilesAsync(string folder, CancellationToken cancellationToken)
    {
        var present = await SumsAsync(folder, cancellationToken).ConfigureAwait(false);
        foreach (var (name, sum) in Files)
        {
            if (!present.TryGetValue(name, out var found))
                throw new IOException($"The backup's file {name} is missing.");
            if (found != sum)
                throw new IOException($"The backup's file {name} is damaged: its checksum is not what it was. Nothing was changed.");
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>> SumsAsync(string folder, CancellationToken cancellationToken)
    {
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f) != FileName))
        {
            await using var file = File.OpenRead(path);
            sums[Path.GetFileName(path)] = Convert.ToHexString(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
        }

        return sums;
    }

    /// <summary>Reads a backup's.</summary>
    /// <exception cref="IOException">There is none, or it is damaged.</exception>
    public static async Task<Inventory> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            return JsonSerializer.Deserialize<Inventory>(await File.ReadAllTextAsync(Path.Combine(folder, FileName), cancellationToken).ConfigureAwait(false), JsonSerializerOptions.Web)
                ?? throw new IOException($"{folder}/{FileName} is empty.");
        }
        catch (FileNotFoundException)
        {
            throw new IOException($"{folder} is no backup of 'nbpy backup': it has no {FileName}.");
        }
        catch (JsonException e)
        {
            throw new IOException($"{folder}/{FileName} is damaged: {e.Message}");
        }
    }

    /// <summary>How a restored store differs from this; empty when it does not.</summary>
    /// <param name="restored">Counted there.</param>
    /// <param name="more">Told of measurements with more points than this: somebody writes to that store. Null where nobody can, so that more is a difference too.</param>
    public IReadOnlyList<string> Differences(Inventory restored, Action<string>? more = null)
    {
        var found = restored.Entries.ToDictionary(e => (e.Policy, e.Measurement));
        var differences = new List<string>();
        foreach (var entry in Entries)
        {
            if (!found.Remove((entry.Policy, entry.Measurement), out var other))
                differences.Add($"{entry.Policy}.{entry.Measurement}: {entry.Points} points, and none were restored");
            else if (other.Points > entry.Points && more is not null)
                more($"{entry.Policy}.{entry.Measurement}: all of {entry.Points} points, and {other.Points - entry.Points} that were written since");
            else if (other.Points != entry.Points)
                differences.Add($"{entry.Policy}.{entry.Measurement}: {entry.Points} points, and {other.Points} were restored");
            else if (other.Checksum != entry.Checksum)
                differences.Add($"{entry.Policy}.{entry.Measurement}: {entry.Points} points were restored, but their content differs");
        }

        if (more is null)
            differences.AddRange(found.Values.Select(e => $"{e.Policy}.{e.Measurement}: {e.Points} points that the backup did not count"));
        return differences;
    }

    private static string Text(StoredPoint point)
    {
        var text = new StringBuilder().Append(point.TimeNs);
        foreach (var (name, value) in point.Tags.OrderBy(t => t.Key, StringComparer.Ordinal))
            text.Append(',').Append(name).Append('=').Append(value);
        foreach (var (name, value) in point.Fields.OrderBy(f => f.Key, StringComparer.Ordinal))
            text.Append(' ').Append(name).Append('=').Append(value.GetRawText());
        return text.Append('\n').ToString();
    }
}
