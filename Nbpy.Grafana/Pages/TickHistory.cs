using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Grafana.Pages;

/// <summary>Which policy the parts of a tick page's range are read from: the newest hours from the ticks, what is before from the downsampled
/// points, and what the ticks' policy has dropped from those too. Without downsampling all comes from the ticks. The conditions are InfluxQL
/// over Grafana's <c>$__to</c>, so that Grafana and the viewer do the same.</summary>
internal sealed class TickHistory
{
    private readonly DashboardContext context;
    private readonly Queries? minutes;
    private readonly IReadOnlyList<string> kept;

    private TickHistory(DashboardContext context)
    {
        this.context = context;
        minutes = context.Downsampled();
        kept = minutes is null ? [] : context.Config.Downsampling.Measurements[context.Measurement.Name];
        if (!kept.Contains("bid") || !kept.Contains("ask"))
            minutes = null;
    }

    /// <summary>Questions to the ticks.</summary>
    public Queries Recent => IsKept ? context.Queries.Where(Queries.IsRecent) : context.Queries;

    /// <summary>True where there are downsampled points.</summary>
    public bool IsKept => minutes is not null;

    /// <summary>What a panel that has both says of it.</summary>
    public string Said => IsKept
        ? $" The newest {Queries.Recent} of the range are ticks; what is before comes by {context.Config.Downsampling.Interval} from the policy {context.Config.Downsampling.RetentionPolicy}."
        : SaidOfTicks;

    /// <summary>What a panel that has only ticks says of it.</summary>
    public string SaidOfTicks => IsKept ? $" Ticks only: the newest {Queries.Recent} of the range." : TickPolicy is { } policy ? $" From ticks, which are kept for {policy.Duration}." : "";

    private RetentionPolicyConfig? TickPolicy => context.Config.InfluxDb.RetentionPolicies.FirstOrDefault(p => context.Measurement.RetentionPolicy is { } name ? p.Name == name : p.Default);

    /// <summary>The parts that come from downsampled points.</summary>
    private IEnumerable<Queries> Parts
    {
        get
        {
            if (minutes is null)
                yield break;
            yield return minutes.Where(Queries.IsOlder);
            if (TickPolicy is { } policy && char.IsAsciiDigit(policy.Duration[0]))
                yield return minutes.Where(Queries.IsRecent).Where($"time < now() - {policy.Duration}");
        }
    }

    public static TickHistory Of(DashboardContext context) => new(context);

    /// <summary>True where the downsampled points have this field.</summary>
    public bool Keeps(string field) => IsKept && kept.Contains(field);

    /// <summary>Questions to the downsampled points; none where there are none.</summary>
    public IEnumerable<Target> Older(string select, string bucket = Queries.Fine) => Parts.Select(p => new Target(p.Over(select, bucket)));

    /// <summary>Rows of open, high, low and close: to be sorted by time.</summary>
    public string Candles() => Together(
        "first(\"open\") AS \"open\", max(\"high\") AS \"high\", min(\"low\") AS \"low\", last(\"close\") AS \"close\"",
        "first(\"bid\") AS \"open\", max(\"bid\") AS \"high\", min(\"bid\") AS \"low\", last(\"bid\") AS \"close\"",
        "first(\"bid_open\") AS \"open\", max(\"bid_high\") AS \"high\", min(\"bid_low\") AS \"low\", last(\"bid_close\") AS \"close\"",
        Queries.Chosen);

    /// <summary>The bid over the range: to be sorted by time.</summary>
    public string Change() => Together("last(\"change\") AS \"change\"", "last(\"bid\") AS \"change\"", "last(\"bid_close\") AS \"change\"", Queries.Fine);

    /// <summary>The parts come one after the other.</summary>
    public static JsonArray ByTime() =>
        [Grafana.Panels.Transformation("sortBy", new JsonObject { ["fields"] = new JsonObject(), ["sort"] = new JsonArray(new JsonObject { ["field"] = "Time", ["desc"] = false }) })];

    private string Together(string select, string ofTicks, string ofMinutes, string bucket) => IsKept
        ? $"SELECT {select} FROM ({Recent.Over(ofTicks, bucket)}){string.Concat(Parts.Select(p => $", ({p.Over(ofMinutes, bucket)})"))} WHERE $timeFilter GROUP BY time({bucket}) fill(none)"
        : Recent.Over(ofTicks, bucket);
}
