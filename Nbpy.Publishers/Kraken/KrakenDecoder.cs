using System.Text;
using System.Text.Json;

namespace Nbpy.Publishers.Kraken;

/// <summary>Turns frames of Kraken's WebSocket v2 into records, and keeps the books and orders they add up to.
/// A frame of any shape is safe: what is unknown or malformed is counted, never thrown.</summary>
/// <remarks>The lists hold what the last <see cref="Decode"/> found and are reused by the next: nothing is allocated for
/// a ticker or a book update. Not for use by two threads at once.</remarks>
public sealed partial class KrakenDecoder
{
    private static readonly int[] Depths = [10, 25, 100, 500, 1000];

    private readonly int? depth;
    private readonly List<KrakenTicker> tickers = [];
    private readonly List<KrakenTrade> trades = [];
    private readonly List<KrakenBookUpdate> books = [];
    private readonly List<KrakenDepthLevel> levels = [];
    private readonly List<KrakenOrderEvent> orders = [];
    private readonly Dictionary<string, KrakenOrderBook> bookBySymbol = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KrakenTradeIds> tradeIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Price, int Quantity)> precisions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> acknowledgedDepth = new(StringComparer.Ordinal);
    private readonly KrakenOrderTable orderTable;
    private readonly KrakenNames names = new();

    /// <param name="depth">The subscribed book depth. Null takes it from the subscription's acknowledgement, else from
    /// the size of the snapshot, rounded up to a depth that Kraken offers.</param>
    public KrakenDecoder(int? depth = null)
    {
        this.depth = depth;
        orderTable = new KrakenOrderTable(Counters);
    }

    /// <summary>Counts since this decoder was made.</summary>
    public KrakenCounters Counters { get; } = new();

    /// <summary>Why the last malformed frame was refused.</summary>
    public string? LastError { get; private set; }

    /// <summary>The last <c>system</c> status: online, cancel_only, maintenance, post_only.</summary>
    public string? SystemStatus { get; private set; }

    public IReadOnlyList<KrakenTicker> Tickers => tickers;
    public IReadOnlyList<KrakenTrade> Trades => trades;
    public IReadOnlyList<KrakenBookUpdate> Books => books;

    /// <summary>The changed levels that <see cref="Books"/> refer to.</summary>
    public IReadOnlyList<KrakenDepthLevel> Levels => levels;
    public IReadOnlyList<KrakenOrderEvent> Orders => orders;

    /// <summary>The answer, when the last frame was one.</summary>
    public KrakenReply? Reply { get; private set; }

    /// <summary>The book of a symbol, or null before its first message.</summary>
    public KrakenOrderBook? Book(string symbol) => bookBySymbol.GetValueOrDefault(symbol);

    /// <summary>Sets the decimals that checksums of a symbol pad to; otherwise the digits as sent count. The
    /// <c>instrument</c> channel sets it too.</summary>
    public void SetPrecision(string symbol, int price, int quantity)
    {
        precisions[symbol] = (price, quantity);
        if (bookBySymbol.TryGetValue(symbol, out var book))
            (book.PricePrecision, book.QuantityPrecision) = (price, quantity);
    }

    /// <summary>A connection begins: no book counts until its snapshot. Orders, executions and trades seen stay known, so
    /// that the new snapshot repeats nothing.</summary>
    public void BeginConnection()
    {
        foreach (var book in bookBySymbol.Values)
            book.Invalidate();
        orderTable.BeginSubscription();
        SystemStatus = null;
    }

    /// <summary>Drops the book of a symbol: nothing counts for it until the next snapshot.</summary>
    public void DropBook(string symbol) => bookBySymbol.GetValueOrDefault(symbol)?.Invalidate();

    /// <summary>The executions are subscribed to anew: their sequence starts again.</summary>
    public void BeginExecutions() => orderTable.BeginSubscription();

    /// <summary>The highest id of a pair's trades; null before the first.</summary>
    public long? LastTradeId(string symbol) => tradeIds.TryGetValue(symbol, out var ids) ? ids.Highest : null;

    /// <summary>True when the last frame said to be a snapshot.</summary>
    public bool LastWasSnapshot { get; private set; }

    /// <summary>The orders that the last snapshot of executions, in however many frames it came, said to be open.</summary>
    public IReadOnlySet<string> SnapshotOrders => orderTable.InSnapshot;

    /// <summary>True once a snapshot of executions has been whole: fills of a later one are no history, they were missed.</summary>
    public bool ExecutionsKnown => orderTable.SeenSnapshot;

    /// <summary>How many of the best levels <see cref="Levels"/> tells of; null: all that the book is kept to.</summary>
    public int? PublishedLevels { get; set; } = KrakenChecksum.Levels;

    /// <summary>An order's end, learnt elsewhere than from the stream; null when it is unknown or has ended already.</summary>
    public KrakenOrderEvent? EndOrder(string id, string status, decimal? filled, decimal? fee, long? timestampNs) =>
        orderTable.End(id, status, filled, fee, timestampNs);

    /// <summary>Orders that the venue has not said to be finished.</summary>
    public IEnumerable<string> OpenOrders => orderTable.Open;

    /// <summary>Decodes one frame.</summary>
    /// <param name="frame">One whole text message, UTF-8.</param>
    public KrakenFrameKind Decode(ReadOnlySpan<byte> frame)
    {
        Counters.Frames++;
        ClearResults();
        try
        {
            return Read(frame);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException
            or KeyNotFoundException)
        {
            ClearResults();
            Counters.Malformed++;
            LastError = e.Message;
            return KrakenFrameKind.Malformed;
        }
    }

    private void ClearResults()
    {
        tickers.Clear();
        trades.Clear();
        books.Clear();
        levels.Clear();
        orders.Clear();
        Reply = null;
    }

    private enum Channel
    {
        None,
        Ticker,
        Book,
        Trade,
        Executions,
        Instrument,
        Heartbeat,
        Status,
        Other,
    }

    // Properties come in any order; data is usually last but for checksum-free members such as sequence.
    private KrakenFrameKind Read(ReadOnlySpan<byte> frame)
    {
        if (new KrakenTickerScanner(frame, names).TryRead(out var ticker, out var isSnapshot))
        {
            tickers.Add(ticker);
            LastWasSnapshot = isSnapshot;
            return KrakenFrameKind.Ticker;
        }

        var reader = new Utf8JsonReader(frame);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("The frame is not a JSON object.");
        var channel = Channel.None;
        var snapshot = false;
        var isReply = false;
        var data = default(Utf8JsonReader);
        var hasData = false;
        var staged = Channel.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("channel"u8))
            {
                reader.Read();
                channel = ReadChannel(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                snapshot = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("snapshot"u8);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                hasData = true;
                if (channel is Channel.Ticker or Channel.Book)
                {
                    // Nearly every frame: read on the way. What it changes waits until the whole frame has proved good.
                    reader.Read();
                    ReadStaged(ref reader, channel);
                    staged = channel;
                }
                else
                {
                    data = reader;
                    reader.Skip();
                }
            }
            else
            {
                isReply |= reader.ValueTextEquals("method"u8) || IsError(ref reader);
                reader.Skip();
            }
        }
        if (reader.Read())
            throw new JsonException("There is more after the frame's object.");
        if (staged != Channel.None && channel != staged)
            throw new JsonException("The frame has two channels.");
        if (hasData && staged == Channel.None)
            data.Read();
        LastWasSnapshot = snapshot;

        switch (channel)
        {
            case Channel.Ticker when hasData:
                if (staged == Channel.None)
                    ReadTickers(ref data);
                return KrakenFrameKind.Ticker;
            case Channel.Book when hasData:
                if (staged == Channel.None)
                    StageBooks(ref data);
                ApplyBooks(snapshot);
                return KrakenFrameKind.Book;
            case Channel.Trade when hasData:
                ReadTrades(ref data, snapshot);
                return KrakenFrameKind.Trade;
            case Channel.Executions when hasData:
                using (var document = JsonDocument.Parse(frame.ToArray()))
                    orderTable.Apply(document.RootElement, snapshot, orders);
                return KrakenFrameKind.Executions;
            case Channel.Instrument when hasData:
                ReadInstruments(ref data);
                return KrakenFrameKind.Instrument;
            case Channel.Heartbeat:
                Counters.Heartbeats++;
                return KrakenFrameKind.Heartbeat;
            case Channel.Status:
                Counters.Statuses++;
                if (hasData)
                    ReadStatus(ref data);
                return KrakenFrameKind.Status;
            case Channel.None when isReply:
                ReadReply(frame);
                return KrakenFrameKind.Reply;
            case Channel.None or Channel.Other:
                Counters.Unknown++;
                return KrakenFrameKind.Unknown;
            default:
                throw new JsonException("The frame of a data channel has no data.");
        }
    }

    // Documented in two spellings; any letter case is meant.
    private static bool IsError(ref Utf8JsonReader reader) => Ascii.EqualsIgnoreCase(reader.ValueSpan, "error"u8);

    private void ReadStaged(ref Utf8JsonReader reader, Channel channel)
    {
        tickers.Clear();
        if (channel == Channel.Ticker)
            ReadTickers(ref reader);
        else
            StageBooks(ref reader);
    }

    private static Channel ReadChannel(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("The channel is not a text.");
        return reader.ValueTextEquals("book"u8) ? Channel.Book
            : reader.ValueTextEquals("ticker"u8) ? Channel.Ticker
            : reader.ValueTextEquals("trade"u8) ? Channel.Trade
            : reader.ValueTextEquals("heartbeat"u8) ? Channel.Heartbeat
            : reader.ValueTextEquals("executions"u8) ? Channel.Executions
            : reader.ValueTextEquals("status"u8) ? Channel.Status
            : reader.ValueTextEquals("instrument"u8) ? Channel.Instrument
            : Channel.Other;
    }
}
