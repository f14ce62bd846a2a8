using System.Text.Json;

namespace Nbpy.Publishers.Betfair;

/// <summary>Lines of Betfair's Exchange Stream API: what markets (mcm) and orders (ocm) have in common. Not for use by two threads at
/// once.</summary>
public abstract class BetfairLineDecoder
{
    /// <summary>The last publish time whose nanoseconds fit 64 bits.</summary>
    private const long LatestMs = long.MaxValue / 1_000_000;
    private const int LongestHeartbeatMs = 3_600_000;

    private string? nextInitialClock;
    private bool insideSegments;
    private long? subscriptionId;

    public BetfairCounters Counters { get; } = new();

    /// <summary>Why the last malformed line was refused. If it was a change the cache may have taken part of it, so the caller should
    /// subscribe again.</summary>
    public string? LastError { get; private set; }

    /// <summary>Id of the current subscription; changes of another are dropped. Null (recordings have no ids) takes all.</summary>
    public long? SubscriptionId
    {
        get => subscriptionId;
        set
        {
            // What was left of a message in segments counts no more.
            (subscriptionId, insideSegments, nextInitialClock) = (value, false, InitialClock);
        }
    }

    /// <summary>True after the first part of an image of everything until its last: the cache has a hole, and no clock names its state.</summary>
    public bool ImageIncomplete { get; private set; }

    /// <summary>True when the last line began a new image of everything: what was known before it counts no more.</summary>
    public bool ImageBegan { get; private set; }

    /// <summary>True when the last line completed an image of everything.</summary>
    public bool ImageEnded { get; private set; }

    /// <summary>The tokens to resume with: the last that were sent with a whole message or with the last part of one.</summary>
    public string? InitialClock { get; private set; }
    public string? Clock { get; private set; }

    /// <summary>The values in force, as the first image states them.</summary>
    public int? HeartbeatMs { get; private set; }
    public int? ConflateMs { get; private set; }

    /// <summary>Publish time of the last change message that had one, ms since 1970.</summary>
    public long PublishTimeMs { get; private set; }

    /// <summary>When Betfair sent the last line, ns since the Unix epoch; null where the line does not say.</summary>
    public long? SentNs { get; private set; }

    /// <summary>Time of what the last line changed, ns since the Unix epoch: its publish time, without one its receipt, without that either
    /// the last publish time (0 where nothing is known).</summary>
    public long TimestampNs { get; private set; }

    /// <summary>True while Betfair marks its data unreliable (<c>status</c> 503): stale, but no reason to disconnect.</summary>
    public bool Unreliable { get; private set; }

    /// <summary>The connection's id, for the log.</summary>
    public string? ConnectionId { get; private set; }

    /// <summary>The status, when the last line was one.</summary>
    public BetfairStatus? Status { get; private set; }

    /// <summary>The change messages that this decoder is about; those of the other stream are left alone.</summary>
    protected abstract BetfairLineKind ChangeKind { get; }

    /// <summary>Decodes one line, without its CR LF.</summary>
    /// <param name="line">Its bytes.</param>
    /// <param name="receivedNs">When it came, ns since the Unix epoch; 0 where nobody knows.</param>
    public BetfairLineKind Decode(ReadOnlyMemory<byte> line, long receivedNs = 0)
    {
        Status = null;
        SentNs = null;
        (ImageBegan, ImageEnded) = (false, false);
        BeginLine();
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return BetfairLineKind.Blank;
        Counters.Lines++;
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement, receivedNs);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or IndexOutOfRangeException or OverflowException)
        {
            Counters.Malformed++;
            LastError = e.Message;
            return BetfairLineKind.Malformed;
        }
    }

    /// <summary>A line begins: what the one before has changed is forgotten.</summary>
    protected abstract void BeginLine();

    /// <summary>A new image of everything begins: the cache is cleared.</summary>
    protected abstract void BeginImage();

    /// <summary>Applies one entry of a change message.</summary>
    /// <exception cref="FormatException">It is not of the documented shape.</exception>
    protected abstract void Apply(JsonElement change);

    /// <summary>A message is complete: what it has changed is shown.</summary>
    protected abstract void EndMessage();

    private BetfairLineKind Read(JsonElement root, long receivedNs)
    {
        switch (BetfairJson.Text(root, "op"))
        {
            case "mcm":
                return ChangeKind == BetfairLineKind.MarketChange ? ReadChange(root, "mc", receivedNs) : BetfairLineKind.MarketChange;
            case "ocm":
                return ChangeKind == BetfairLineKind.OrderChange ? ReadChange(root, "oc", receivedNs) : BetfairLineKind.OrderChange;
            case "connection":
                ConnectionId = BetfairJson.Text(root, "connectionId");
                return BetfairLineKind.Connection;
            case "status":
                Status = new BetfairStatus(
                    BetfairJson.Integer(root, "id"), BetfairJson.Text(root, "statusCode") == "SUCCESS", BetfairJson.Text(root, "errorCode")?.Trim(),
                    BetfairJson.Text(root, "errorMessage"), BetfairJson.Flag(root, "connectionClosed"),
                    BetfairJson.Integer(root, "connectionsAvailable", int.MinValue, int.MaxValue));
                return BetfairLineKind.Status;
            default:
                Counters.Unknown++;
                return BetfairLineKind.Unknown;
        }
    }

    // {"op":"mcm","id":2,"clk":"AHMAcArtjjje","pt":1471370160471,"mc":[{"id":"1.126235656","rc":[{"batb":[[0,4.7,4.33]],"id":11527192}]}]}
    private BetfairLineKind ReadChange(JsonElement root, string list, long receivedNs)
    {
        if (SubscriptionId is { } current && BetfairJson.Integer(root, "id") is { } id && id != current)
        {
            Counters.StaleSubscription++;
            return BetfairLineKind.StaleSubscription;
        }

        ReadHead(root, receivedNs);
        var entries = BetfairJson.Items(root, list);
        var type = BetfairJson.Text(root, "ct");
        if (type == "HEARTBEAT" && !entries.Any())
        {
            // Inside a message in segments its clock would pass over what is still to come.
            if (!insideSegments)
                ReadClocks(root);
            Counters.Heartbeats++;
            return BetfairLineKind.Heartbeat;
        }

        var segment = BetfairJson.Text(root, "segmentType");
        var last = segment is null or "SEG_END";
        if (segment is null or "SEG_START")
        {
            insideSegments = !last;
            if (type == "SUB_IMAGE")
            {
                BeginImage();
                (ImageBegan, ImageIncomplete) = (true, true);
            }
        }

        foreach (var entry in entries)
            Apply(entry);
        // Only now: a line that failed half-way must not move the mark to resume from.
        nextInitialClock = BetfairJson.Text(root, "initialClk") ?? nextInitialClock;
        if (!last)
            return ChangeKind;
        ReadClocks(root);
        insideSegments = false;
        (ImageEnded, ImageIncomplete) = (ImageIncomplete, false);
        EndMessage();
        return ChangeKind;
    }

    private void ReadHead(JsonElement root, long receivedNs)
    {
        if (BetfairJson.Integer(root, "pt") is { } publishTime and > 0 and <= LatestMs)
        {
            PublishTimeMs = publishTime;
            SentNs = publishTime * 1_000_000;
        }

        TimestampNs = SentNs ?? (receivedNs > 0 ? receivedNs : PublishTimeMs * 1_000_000);
        Unreliable = BetfairJson.Integer(root, "status") == 503;
        HeartbeatMs = BetfairJson.Integer(root, "heartbeatMs", 1, LongestHeartbeatMs) ?? HeartbeatMs;
        ConflateMs = BetfairJson.Integer(root, "conflateMs", 0, int.MaxValue) ?? ConflateMs;
    }

    private void ReadClocks(JsonElement root)
    {
        InitialClock = nextInitialClock = BetfairJson.Text(root, "initialClk") ?? nextInitialClock;
        Clock = BetfairJson.Text(root, "clk") ?? Clock;
    }
}
