using System.Globalization;
using System.Text;

namespace Nbpy.Influx;

/// <summary>How a measurement is downsampled.</summary>
/// <param name="Measurement">The source.</param>
/// <param name="SourcePolicy">The policy it is in; null: the default one.</param>
/// <param name="Fields">Its numeric fields.</param>
/// <param name="Interval">InfluxDB's spelling, <c>1m</c>.</param>
/// <param name="TargetPolicy">The policy of the result.</param>
public sealed record DownsamplingSpec(string Measurement, string? SourcePolicy, IReadOnlyList<string> Fields, string Interval, string TargetPolicy)
{
    /// <summary>Name of the result and of the continuous query: <c>kraken_tick_1m</c>.</summary>
    public string Name => $"{Measurement}_{Interval}";
}

/// <summary>One step of a back-fill.</summary>
public sealed record BackfillStep(string Name, long FromNs, long ToNs, long Points);

/// <summary>Makes, lists and back-fills the continuous queries that turn ticks into open, high, low and close. Every call is idempotent.</summary>
public sealed class Downsampling(InfluxClient client, TimeProvider time)
{
    /// <summary>Late points are counted in again for so long.</summary>
    private const string Resample = "RESAMPLE FOR 10m";
    private static readonly TimeSpan BackfillStepLength = TimeSpan.FromHours(6);

    /// <summary>Bars that go within so long are not made: one of them that goes meanwhile would end the step.</summary>
    private static readonly TimeSpan GoingSoon = TimeSpan.FromHours(1);

    /// <summary>Makes the queries: created, altered where different, or left; those of measurements that are no longer downsampled are removed.</summary>
    /// <exception cref="InfluxException">The store refuses.</exception>
    public async Task<IReadOnlyList<SetupStep>> CreateAsync(IEnumerable<DownsamplingSpec> specs, CancellationToken cancellationToken)
    {
        var present = new Dictionary<string, string>(await ListAsync(cancellationToken).ConfigureAwait(false));
        var steps = new List<SetupStep>();
        foreach (var spec in specs)
        {
            var wanted = Statement(spec);
            var action = !present.TryGetValue(spec.Name, out var text) ? "created" : Same(text, wanted) ? "unchanged" : "altered";
            if (action == "altered")
                await DropAsync(spec.Name, cancellationToken).ConfigureAwait(false);
            if (action != "unchanged")
                await client.QueryAsync(wanted, cancellationToken, post: true).ConfigureAwait(false);
            steps.Add(new SetupStep($"continuous query {spec.Name} (into {spec.TargetPolicy})", action));
            present.Remove(spec.Name);
        }

        // What an earlier configuration had made; other people's queries are left alone.
        foreach (var (name, _) in present.Where(q => Bare(q.Value).Contains(Bare(Resample + " BEGIN SELECT first("), StringComparison.Ordinal) && Bare(q.Value).Contains("ASticksINTO", StringComparison.Ordinal)))
        {
            await DropAsync(name, cancellationToken).ConfigureAwait(false);
            steps.Add(new SetupStep($"continuous query {name}", "removed"));
        }

        return steps;
    }

    /// <summary>The database's continuous queries: name and text.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(CancellationToken cancellationToken)
    {
        var answer = await client.QueryAsync("SHOW CONTINUOUS QUERIES", cancellationToken).ConfigureAwait(false);
        return answer.Series.Where(s => s.Name == client.Options.Database).SelectMany(s => s.Rows)
            .ToDictionary(r => r[0].GetString()!, r => r[1].GetString()!);
    }

    /// <summary>Downsamples what was stored before the query was there, six hours a step, oldest first.</summary>
    /// <param name="spec">What.</param>
    /// <param name="since">From the interval that holds this time, or the first that the target policy keeps, to the last one that is over.</param>
    /// <param name="progress">Told each step.</param>
    /// <param name="cancellationToken">Ends it between two steps; what is done stays.</param>
    /// <returns>Points written.</returns>
    public async Task<long> BackfillAsync(DownsamplingSpec spec, DateTimeOffset since, Action<BackfillStep>? progress, CancellationToken cancellationToken)
    {
        long total = 0;
        var end = time.GetUtcNow();
        // On the interval's own boundaries: a bar computed of a part of its ticks would replace the whole one. The bar that is still open is the
        // continuous query's.
        var interval = (long)(RetentionManager.Seconds(spec.Interval) * TimeSpan.TicksPerSecond);
        var step = TimeSpan.FromTicks(Math.Max(1, BackfillStepLength.Ticks / interval) * interval);
        var policies = await new RetentionManager(client, time).ListAsync(cancellationToken).ConfigureAwait(false);
        if (policies.FirstOrDefault(p => p.Name == spec.TargetPolicy) is { } target && RetentionManager.Seconds(target.Duration) is > 0 and var kept
            && end - TimeSpan.FromSeconds(kept) + GoingSoon is var first && first > since)
            since = first;
        since = since.AddTicks(-(since.UtcTicks - DateTime.UnixEpoch.Ticks) % interval);
        end = end.AddTicks(-(end.UtcTicks - DateTime.UnixEpoch.Ticks) % interval);
        for (var from = since; from < end; from += step)
        {
            var to = from + step < end ? from + step : end;
            var range = string.Create(CultureInfo.InvariantCulture, $"WHERE time >= {Nanoseconds(from)} AND time < {Nanoseconds(to)}");
            var answer = await client.QueryAsync(Select(spec, range), cancellationToken, post: true).ConfigureAwait(false);
            var points = answer.Series.SelectMany(s => s.Rows).Sum(r => r[1].GetInt64());
            total += points;
            progress?.Invoke(new BackfillStep(spec.Name, Nanoseconds(from), Nanoseconds(to), points));
        }

        return total;
    }

    private Task DropAsync(string name, CancellationToken cancellationToken) =>
        client.QueryAsync($"DROP CONTINUOUS QUERY {Quote(name)} ON {Quote(client.Options.Database)}", cancellationToken, post: true);

    private string Statement(DownsamplingSpec spec) =>
        $"CREATE CONTINUOUS QUERY {Quote(spec.Name)} ON {Quote(client.Options.Database)} {Resample} BEGIN {Select(spec, null)} END";

    /// <summary>Open, high, low and close of every field, and how many ticks there were.</summary>
    private string Select(DownsamplingSpec spec, string? range)
    {
        var text = new StringBuilder("SELECT ");
        foreach (var field in spec.Fields)
            text.Append(CultureInfo.InvariantCulture, $"first({Quote(field)}) AS {Quote(field + "_open")}, max({Quote(field)}) AS {Quote(field + "_high")}, min({Quote(field)}) AS {Quote(field + "_low")}, last({Quote(field)}) AS {Quote(field + "_close")}, ");
        text.Append(CultureInfo.InvariantCulture, $"count({Quote(spec.Fields[0])}) AS \"ticks\" INTO {RetentionManager.FullName(client.Options.Database, spec.TargetPolicy, spec.Name)} FROM {RetentionManager.FullName(client.Options.Database, spec.SourcePolicy, spec.Measurement)} ");
        if (range is not null)
            text.Append(range).Append(' ');
        return text.Append(CultureInfo.InvariantCulture, $"GROUP BY time({spec.Interval}), * fill(none)").ToString();
    }

    /// <summary>The server gives its text back with its own quotes and spaces.</summary>
    private static bool Same(string left, string right) => Bare(left) == Bare(right);

    private static string Bare(string text) => new([.. text.Where(c => c is not ('"' or ' ' or '\n'))]);

    private static long Nanoseconds(DateTimeOffset at) => (at.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    private static string Quote(string name) => RetentionManager.Quote(name);
}
