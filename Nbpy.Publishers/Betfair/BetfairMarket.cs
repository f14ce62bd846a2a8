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

    internal void Apply(JsonElement change, long publishTimeMs, ICollection<BetfairRunner> changed)
    {
        if (change.TryGetProperty("marketDefinition", out var definition) && definition.ValueKind == JsonValueKind.Object)
            Define(definition, publishTimeMs);
        if (change.TryGetProperty("tv", out var volume) && volume.ValueKind == JsonValueKind.Number)
            TradedVolume = volume.GetDecimal();
        if (!change.TryGetProperty("rc", out var runnerChanges) || runnerChanges.ValueKind != JsonValueKind.Array)
            return;
        foreach (var runnerChange in runnerChanges.EnumerateArray())
        {
            var key = (
                runnerChange.GetProperty("id").GetInt64(),
                runnerChange.TryGetProperty("hc", out var hc) && hc.ValueKind == JsonValueKind.Number ? hc.GetDecimal() : 0);
            if (!runners.TryGetValue(key, out var runner))
                runners[key] = runner = new BetfairRunner(key.Item1, key.Item2);
            runner.Apply(runnerChange);
            changed.Add(runner);
        }
    }

    private void Define(JsonElement definition, long publishTimeMs)
    {
        // A market can appear under two events; the definition with the higher version counts.
        if (EventId is not null && Text(definition, "eventId") is { } eventId && eventId != EventId
            && Integer(definition, "version") < Version)
            return;
        EventId = Text(definition, "eventId") ?? EventId;
        Status = Text(definition, "status") ?? Status;
        InPlay = definition.TryGetProperty("inPlay", out var inPlay) && inPlay.ValueKind == JsonValueKind.True;
        BetDelay = (int)(Integer(definition, "betDelay") ?? 0);
        Version = Integer(definition, "version") ?? Version;
        ActiveRunners = (int)(Integer(definition, "numberOfActiveRunners") ?? ActiveRunners);
        ClosedAtMs = Status == "CLOSED" ? ClosedAtMs ?? publishTimeMs : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Integer(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number : null;
}
