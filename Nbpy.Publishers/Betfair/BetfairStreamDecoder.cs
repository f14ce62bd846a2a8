using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>Lines of Betfair's Exchange Stream API, and the market cache they add up to. Not for use by two threads at
/// once.</summary>
public sealed class BetfairStreamDecoder
{
    /// <summary>How long a closed market stays in the cache.</summary>
    public static readonly TimeSpan ClosedMarketKept = TimeSpan.FromHours(1);

    private readonly Dictionary<string, BetfairMarket> markets = new(StringComparer.Ordinal);
    private readonly List<BetfairSelectionChange> changes = [];
    private string? nextInitialClock;

    // In the order of first change; across the segments of one message.
    private readonly OrderedDictionary<(string Market, long Id, decimal Handicap), BetfairRunner> pending = [];

    public BetfairCounters Counters { get; } = new();

    /// <summary>Why the last malformed line was refused. If it was a market change the cache may have taken part of it,
    /// so the caller should subscribe again.</summary>
    public string? LastError { get; private set; }

    /// <summary>Markets by id.</summary>
    public IReadOnlyDictionary<string, BetfairMarket> Markets => markets;

    /// <summary>Selections that the last line changed; those of a segmented message come with its last segment.</summary>
    public IReadOnlyList<BetfairSelectionChange> Changes => changes;

    /// <summary>Id of the current subscription; changes of another are dropped. Null (recordings have no ids) takes all.</summary>
    public long? SubscriptionId { get; set; }

    /// <summary>True after the first part of an image of everything until its last: the cache has a hole, and no clock names its state.</summary>
    public bool ImageIncomplete { get; private set; }

    /// <summary>True when the last line began a new image of everything: what was known before it counts no more.</summary>
    public bool ImageBegan { get; private set; }

    /// <summary>The tokens to resume with: the last that were sent with a whole message or with the last part of one.</summary>
    public string? InitialClock { get; private set; }
    public string? Clock { get; private set; }

    /// <summary>The values in force, as the first image states them.</summary>
    public int? HeartbeatMs { get; private set; }
    public int? ConflateMs { get; private set; }

    /// <summary>Publish time of the last change message, ms since 1970.</summary>
    public long PublishTimeMs { get; private set; }

    /// <summary>True while Betfair marks its data unreliable (<c>status</c> 503): stale, but no reason to disconnect.</summary>
    public bool Unreliable { get; private set; }

    /// <summary>The connection's id, for the log.</summary>
    public string? ConnectionId { get; private set; }

    /// <summary>The status, when the last line was one.</summary>
    public BetfairStatus? Status { get; private set; }

    /// <summary>Decodes one line, without its CR LF.</summary>
    public BetfairLineKind Decode(ReadOnlyMemory<byte> line)
    {
        changes.Clear();
        Status = null;
        ImageBegan = false;
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return BetfairLineKind.Blank;
        Counters.Lines++;
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or IndexOutOfRangeException or OverflowException)
        {
            Counters.Malformed++;
            LastError = e.Message;
            return BetfairLineKind.Malformed;
        }
    }

    private BetfairLineKind Read(JsonElement root)
    {
        switch (Text(root, "op"))
        {
            case "mcm":
                return ReadMarketChange(root);
            case "connection":
                ConnectionId = Text(root, "connectionId");
                return BetfairLineKind.Connection;
            case "status":
                Status = new BetfairStatus(
                    Integer(root, "id"), Text(root, "statusCode") == "SUCCESS", Text(root, "errorCode")?.Trim(),
                    Text(root, "errorMessage"),
                    root.TryGetProperty("connectionClosed", out var closed) && closed.ValueKind == JsonValueKind.True,
                    (int?)Integer(root, "connectionsAvailable"));
                return BetfairLineKind.Status;
            case "ocm":
                return BetfairLineKind.OrderChange;
            default:
                Counters.Unknown++;
                return BetfairLineKind.Unknown;
        }
    }

    // {"op":"mcm","id":2,"clk":"AHMAcArtjjje","pt":1471370160471,"mc":[{"id":"1.126235656","rc":[{"batb":[[0,4.7,4.33]],"id":11527192}]}]}
    private BetfairLineKind ReadMarketChange(JsonElement root)
    {
        if (SubscriptionId is { } current && Integer(root, "id") is { } id && id != current)
        {
            Counters.StaleSubscription++;
            return BetfairLineKind.StaleSubscription;
        }
        var type = Text(root, "ct");
        var segment = Text(root, "segmentType");
        var firstSegment = segment is null or "SEG_START";
        var lastSegment = segment is null or "SEG_END";
        PublishTimeMs = Integer(root, "pt") ?? PublishTimeMs;
        Unreliable = Integer(root, "status") == 503;
        HeartbeatMs = (int?)Integer(root, "heartbeatMs") ?? HeartbeatMs;
        ConflateMs = (int?)Integer(root, "conflateMs") ?? ConflateMs;

        if (firstSegment && type != "HEARTBEAT")
            pending.Clear();
        if (firstSegment && type == "SUB_IMAGE")
        {
            markets.Clear();
            (ImageBegan, ImageIncomplete) = (true, true);
        }

        if (root.TryGetProperty("mc", out var marketChanges) && marketChanges.ValueKind == JsonValueKind.Array)
        {
            foreach (var change in marketChanges.EnumerateArray())
                Apply(change);
        }

        // Only now: a line that failed half-way must not move the mark to resume from.
        nextInitialClock = Text(root, "initialClk") ?? nextInitialClock;
        if (lastSegment)
        {
            InitialClock = nextInitialClock;
            Clock = Text(root, "clk") ?? Clock;
        }

        if (type == "HEARTBEAT")
        {
            Counters.Heartbeats++;
            return BetfairLineKind.Heartbeat;
        }
        if (lastSegment)
        {
            ImageIncomplete = false;
            Report();
        }

        return BetfairLineKind.MarketChange;
    }

    private void Apply(JsonElement change)
    {
        var id = Text(change, "id") ?? throw new FormatException("A market change has no id.");
        var image = change.TryGetProperty("img", out var img) && img.ValueKind == JsonValueKind.True;
        var defined = change.TryGetProperty("marketDefinition", out var definition) && definition.ValueKind == JsonValueKind.Object;
        if (defined)
            DropClosed();
        if (image || !markets.TryGetValue(id, out var market))
        {
            if (!image && !defined)
            {
                Counters.UnknownMarkets++;
                return;
            }
            markets[id] = market = new BetfairMarket(id);
        }
        var changed = new List<BetfairRunner>();
        market.Apply(change, PublishTimeMs, changed);
        foreach (var runner in changed)
            pending[(id, runner.Id, runner.Handicap)] = runner;
    }

    private void DropClosed()
    {
        foreach (var (id, market) in markets)
        {
            if (market.ClosedAtMs is { } closed && PublishTimeMs - closed > ClosedMarketKept.TotalMilliseconds)
                markets.Remove(id);
        }
    }

    private void Report()
    {
        foreach (var ((marketId, _, _), runner) in pending)
        {
            changes.Add(new BetfairSelectionChange(
                markets.GetValueOrDefault(marketId)?.EventId, marketId, runner.Id, runner.Handicap, runner.BestBack, runner.BestLay,
                runner.HasBackLadder, runner.HasLayLadder, runner.LastTradedPrice, runner.TradedVolume,
                PublishTimeMs * 1_000_000));
        }
        pending.Clear();
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // 1.471370160471E12 and 503.0 are whole numbers in JSON too.
    private static long? Integer(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Number)
            return null;
        if (value.TryGetInt64(out var number))
            return number;
        return value.TryGetDecimal(out var digits) && decimal.IsInteger(digits) && digits is >= long.MinValue and <= long.MaxValue
            ? (long)digits : null;
    }
}
