using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nbpy.Publishers.Oanda;

/// <summary>Lines of OANDA's v20 transaction stream, and the transactions of its back-fill call: each is taken once,
/// whichever way it comes first. Not for use by two threads at once.</summary>
public sealed class OandaTransactionDecoder
{
    // Orders and ids remembered, so that a cancel can say what it cancelled and a back-fill repeats nothing.
    private const int Remembered = 4096;

    private readonly Dictionary<string, Order> orders = new(StringComparer.Ordinal);
    private readonly Queue<string> orderAge = [];
    // Instruments of trades: the orders that close one (take profit, stop loss) name it and nothing else.
    private readonly Dictionary<string, string> trades = new(StringComparer.Ordinal);
    private readonly Queue<string> tradeAge = [];
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Queue<string> seenAge = [];

    private sealed record Order(string Type, string? Instrument, decimal? Units, decimal? Price);

    public OandaCounters Counters { get; } = new();

    /// <summary>Why the last malformed line was refused.</summary>
    public string? LastError { get; private set; }

    /// <summary>The transaction, when the last line was one.</summary>
    public OandaTransaction? Transaction { get; private set; }

    /// <summary>Time of the last heartbeat.</summary>
    public long? HeartbeatNs { get; private set; }

    /// <summary>Highest transaction id seen as a transaction: where a back-fill has to start.</summary>
    public long LastTransactionId { get; private set; }

    /// <summary>Highest id that a heartbeat announced. Above <see cref="LastTransactionId"/> (once that is known)
    /// transactions are missing.</summary>
    public long AnnouncedTransactionId { get; private set; }

    /// <summary>Takes an order for known that was made before this decoder was: a mark of how far the account was read kept it.</summary>
    internal void Restore(OandaTransaction order) => Remember(
        order.TransactionId, orders.TryAdd(order.TransactionId, new Order(order.Type, order.Instrument, order.Units, order.Price)),
        orderAge, evicted => orders.Remove(evicted));

    /// <summary>The account's ids begin anew: nothing of before counts.</summary>
    internal void Reset()
    {
        orders.Clear();
        orderAge.Clear();
        trades.Clear();
        tradeAge.Clear();
        seen.Clear();
        seenAge.Clear();
        (LastTransactionId, AnnouncedTransactionId) = (0, 0);
    }

    /// <summary>The id of the transaction in a line, without decoding it; null for any other line.</summary>
    public static long? PeekId(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("id"u8);
                reader.Read();
                if (isId)
                    return reader.TokenType is JsonTokenType.String or JsonTokenType.Number
                        && Id(Encoding.UTF8.GetString(reader.ValueSpan)) is var id and not 0 ? id : null;
                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a name in it that is no text. Decoding it will say what is wrong.
        }

        return null;
    }

    /// <summary>Decodes one line, without its line end.</summary>
    public OandaLineKind Decode(ReadOnlyMemory<byte> line)
    {
        Transaction = null;
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return OandaLineKind.Blank;
        Counters.Lines++;
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            Counters.Malformed++;
            LastError = e.Message;
            return OandaLineKind.Malformed;
        }
    }

    // {"type":"HEARTBEAT","lastTransactionID":"6399","time":"2026-01-15T10:30:00.000000123Z"}
    // {"id":"6401","time":"…","type":"ORDER_FILL","orderID":"6400","instrument":"EUR_USD","units":"100","price":"1.16450","pl":"0.0000",…}
    private OandaLineKind Read(JsonElement root)
    {
        var type = OandaJson.Text(root, "type");
        if (type == "HEARTBEAT")
        {
            HeartbeatNs = OandaJson.Time(root);
            AnnouncedTransactionId = Math.Max(AnnouncedTransactionId, Id(OandaJson.IdText(root, "lastTransactionID")));
            Counters.Heartbeats++;
            return OandaLineKind.Heartbeat;
        }
        if (type is null || OandaJson.IdText(root, "id") is not { } id)
        {
            Counters.Unknown++;
            return OandaLineKind.Unknown;
        }

        var status = StatusOf(type);
        var creates = status == "pending" || (status == "rejected" && OandaJson.IdText(root, "orderID") is null);
        var orderId = OandaJson.IdText(root, "orderID") ?? (creates ? id : null);
        var own = new Order(
            type, OandaJson.Text(root, "instrument") ?? trades.GetValueOrDefault(OandaJson.IdText(root, "tradeID") ?? ""), OandaJson.Number(root, "units"),
            OandaJson.Number(root, "price"));
        var order = creates ? own : orders.GetValueOrDefault(orderId ?? "");
        var transaction = new OandaTransaction(
            id, orderId, type, status, order is null ? null : OrderTypeOf(order.Type), own.Instrument ?? order?.Instrument,
            own.Units ?? order?.Units, own.Price ?? order?.Price, OandaJson.Number(root, "pl"), OandaJson.Time(root));

        if (!Remember(id, seen.Add(id), seenAge, evicted => seen.Remove(evicted)))
        {
            Counters.Duplicates++;
            return OandaLineKind.Duplicate;
        }
        if (status == "pending")
            Remember(id, orders.TryAdd(id, own), orderAge, evicted => orders.Remove(evicted));
        // {"type":"ORDER_FILL","instrument":"EUR_USD","tradeOpened":{"tradeID":"6401","units":"100"},…}
        if (status == "filled" && own.Instrument is { } instrument && root.TryGetProperty("tradeOpened", out var opened) && OandaJson.IdText(opened, "tradeID") is { } trade)
            Remember(trade, trades.TryAdd(trade, instrument), tradeAge, evicted => trades.Remove(evicted));
        LastTransactionId = Math.Max(LastTransactionId, Id(id));
        Transaction = transaction;
        return OandaLineKind.Transaction;
    }

    /// <summary>What a transaction makes of its order.</summary>
    private static string? StatusOf(string type) => type switch
    {
        "ORDER_FILL" => "filled",
        "ORDER_CANCEL" => "cancelled",
        _ when type.EndsWith("_ORDER_REJECT", StringComparison.Ordinal) => "rejected",
        _ when type.EndsWith("_ORDER", StringComparison.Ordinal) => "pending",
        // ORDER_CANCEL_REJECT and the rest leave the order as it was.
        _ => null,
    };

    private static string OrderTypeOf(string transactionType)
    {
        var end = transactionType.LastIndexOf("_ORDER", StringComparison.Ordinal);
        return (end < 0 ? transactionType : transactionType[..end]).ToLowerInvariant();
    }

    private static bool Remember(string id, bool added, Queue<string> age, Action<string> evict)
    {
        if (!added)
            return false;
        age.Enqueue(id);
        if (age.Count > Remembered)
            evict(age.Dequeue());
        return true;
    }

    /// <summary>An id as a number; 0 for what is none.</summary>
    internal static long Id(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
}
