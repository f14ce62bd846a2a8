using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>A market of the cache: its definition and its runners.</summary>
public sealed class BetfairMarket
{
    private readonly SortedDictionary<(long Id, decimal Handicap), BetfairRunner> runners = [];

    internal BetfairMarket(string id) => Id = id;

    /// <summary>For example <c>1.197931750</c>.</summary>
    public string Id { get; }
    public string? EventId { get; private set; }

    /// <summary>INACTIVE, OPEN, SUSPENDED or CLOSED.</summary>
    public string? Status { get; private set; }
    public bool InPlay { get; private set; }

    /// <summary>Seconds a bet waits in play.</summary>
    public int BetDelay { get; private set; }
    public long Version { get; private set; }
    public int ActiveRunners { get; private set; }

    /// <summary>Matched on the whole market (<c>tv</c>).</summary>
    public decimal? TradedVolume { get; private set; }

    /// <summary>Publish time (ms since 1970) of the message that closed the market.</summary>
    public long? ClosedAtMs { get; private set; }

    /// <summary>Runners by selection id and handicap.</summary>
    public IReadOnlyCollection<BetfairRunner> Runners => runners.Values;

    internal bool Has(long selectionId, decimal handicap) => runners.ContainsKey((selectionId, handicap));

    internal void Apply(JsonElement change, long publishTimeMs, ICollection<BetfairRunner> changed)
    {
        if (BetfairJson.Member(change, "marketDefinition") is { ValueKind: JsonValueKind.Object } definition)
            Define(definition, publishTimeMs);
        TradedVolume = BetfairJson.Number(BetfairJson.Member(change, "tv")) ?? TradedVolume;
        foreach (var runnerChange in BetfairJson.Items(change, "rc"))
        {
            var key = (
                BetfairJson.Integer(runnerChange, "id") ?? throw new FormatException("A runner change has no id."),
                BetfairJson.Number(BetfairJson.Member(runnerChange, "hc")) ?? 0);
            if (!runners.TryGetValue(key, out var runner))
                runners[key] = runner = new BetfairRunner(key.Item1, key.Item2);
            runner.Apply(runnerChange);
            changed.Add(runner);
        }
    }

    private void Define(JsonElement definition, long publishTimeMs)
    {
        // A market can appear under two events; the definition with the higher version counts.
        if (EventId is not null && BetfairJson.Text(definition, "eventId") is { } eventId && eventId != EventId
            && BetfairJson.Integer(definition, "version") < Version)
            return;
        EventId = BetfairJson.Text(definition, "eventId") ?? EventId;
        Status = BetfairJson.Text(definition, "status") ?? Status;
        InPlay = BetfairJson.Flag(definition, "inPlay");
        BetDelay = BetfairJson.Integer(definition, "betDelay", 0, int.MaxValue) ?? 0;
        Version = BetfairJson.Integer(definition, "version") ?? Version;
        ActiveRunners = BetfairJson.Integer(definition, "numberOfActiveRunners", 0, int.MaxValue) ?? ActiveRunners;
        ClosedAtMs = Status == "CLOSED" ? ClosedAtMs ?? publishTimeMs : null;
    }
}
