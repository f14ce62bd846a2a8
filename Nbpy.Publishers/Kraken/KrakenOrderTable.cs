using System.Globalization;
using System.Text.Json;
using Nbpy.Publishers.Decoding;

namespace Nbpy.Publishers.Kraken;

/// <summary>Orders of the private <c>executions</c> channel. Its events are partial (a <c>filled</c> may carry an id, a
/// status and a time, nothing else), so each is completed from what earlier events said.</summary>
internal sealed class KrakenOrderTable(KrakenCounters counters)
{
    // How many finished orders and execution ids are remembered, for late and doubled events.
    private const int Remembered = 4096;

    private static readonly string[] Numbers =
        ["limit_price", "order_qty", "avg_price", "last_qty", "cum_qty", "last_price"];

    private readonly Dictionary<string, Order> orders = new(StringComparer.Ordinal);
    private readonly Queue<string> finished = [];
    private readonly HashSet<string> executions = new(StringComparer.Ordinal);
    private readonly Queue<string> executionOrder = [];
    private readonly HashSet<string> inSnapshot = new(StringComparer.Ordinal);
    private long? lastSequence;
    private bool gathering;

    private sealed class Order
    {
        public string? Symbol, Side, Type, Status;
        public decimal? LimitPrice, Quantity, Filled, AveragePrice;
        public bool Finished;

        // Known from an old fill in the first snapshot only: whether it is open, nobody said. A fill in a later snapshot
        // was missed, and its order, where it is not among the open ones, has ended meanwhile.
        public bool History;
    }

    /// <summary>Ids of the orders that are not finished.</summary>
    public IEnumerable<string> Open => orders.Where(pair => !pair.Value.Finished && !pair.Value.History).Select(pair => pair.Key);

    /// <summary>Ids of the orders that the last snapshot said to be open.</summary>
    public IReadOnlySet<string> InSnapshot => inSnapshot;

    /// <summary>True once a snapshot was whole: an update came after it, or a new subscription.</summary>
    public bool SeenSnapshot { get; private set; }

    /// <summary>Notes an order's end that the stream did not tell.</summary>
    public KrakenOrderEvent? End(string id, string status, decimal? filled, decimal? fee, long? timestampNs)
    {
        if (!orders.TryGetValue(id, out var order) || order.Finished)
            return null;
        order.Status = status;
        order.Filled = filled ?? order.Filled;
        Forget(id, order);
        return new KrakenOrderEvent(
            id, null, order.Symbol, order.Side, order.Type, status, status, order.LimitPrice ?? order.AveragePrice,
            order.Quantity, order.Filled ?? 0, fee, timestampNs, FromSnapshot: false);
    }

    /// <summary>The sequence starts anew.</summary>
    public void BeginSubscription()
    {
        lastSequence = null;
        EndSnapshot();
    }

    /// <summary>Applies a frame of the channel and adds its events.</summary>
    public void Apply(JsonElement frame, bool snapshot, List<KrakenOrderEvent> into)
    {
        var data = frame.GetProperty("data");
        // Look at everything before anything is stored, so that a bad entry leaves the table as it was.
        foreach (var entry in data.EnumerateArray())
            Check(entry);
        if (frame.TryGetProperty("sequence", out var s) && s.ValueKind == JsonValueKind.Number && s.TryGetInt64(out var sequence))
        {
            if (!snapshot && lastSequence is { } last)
            {
                if (sequence <= last)
                {
                    counters.DuplicateExecutions++;
                    return;
                }

                if (sequence != last + 1)
                    counters.SequenceGaps++;
            }

            lastSequence = sequence;
        }
        // A snapshot may come in several frames: they add up until something else comes.
        if (!snapshot)
            EndSnapshot();
        else if (!gathering)
            inSnapshot.Clear();
        gathering = snapshot;
        foreach (var entry in data.EnumerateArray())
        {
            // A fill in a snapshot is history: it does not say that its order is still open.
            if (snapshot && Text(entry, "exec_id") is null)
                inSnapshot.Add(Text(entry, "order_id")!);
            if (Merge(entry, snapshot) is { } e)
                into.Add(e);
            else
                counters.DuplicateExecutions++;
        }
    }

    private void EndSnapshot()
    {
        SeenSnapshot |= gathering;
        gathering = false;
    }

    private static void Check(JsonElement entry)
    {
        _ = Text(entry, "order_id") ?? throw new FormatException("An execution has no order_id.");
        // What is used has to be readable; members that nobody here knows may hold anything.
        foreach (var name in Numbers)
            Number(entry, name);
        Fee(entry);
        if (Text(entry, "timestamp") is { } time && !Rfc3339.TryParse(time, out _))
            throw new FormatException("An execution's timestamp is not an RFC 3339 time.");
    }

    private KrakenOrderEvent? Merge(JsonElement entry, bool snapshot)
    {
        var execution = Text(entry, "exec_id");
        if (execution is not null && !Remember(execution))
            return null;
        var id = Text(entry, "order_id")!;
        var known = orders.TryGetValue(id, out var order);
        if (order is null)
        {
            orders[id] = order = new Order { History = snapshot && execution is not null && !SeenSnapshot };
            if (order.History)
                Age(id);
        }

        order.History &= execution is not null && snapshot;
        var ended = order.Finished;
        var before = (order.Status, order.Filled, order.Quantity, order.LimitPrice);
        order.Symbol = Text(entry, "symbol") ?? order.Symbol;
        order.Side = Text(entry, "side") ?? order.Side;
        order.Type = Text(entry, "order_type") ?? order.Type;
        order.LimitPrice = Number(entry, "limit_price") ?? order.LimitPrice;
        order.Quantity = Number(entry, "order_qty") ?? order.Quantity;
        order.AveragePrice = Number(entry, "avg_price") ?? order.AveragePrice;
        var filledNow = Number(entry, "last_qty");
        var status = Text(entry, "order_status") ?? order.Status;
        var filled = Number(entry, "cum_qty") ?? (filledNow is null ? order.Filled : (order.Filled ?? 0) + filledNow);
        // A missed fill says how things stood then, and an order that has ended does not come back: nothing is taken back of what
        // is known since.
        if (!(snapshot && known && (order.Finished || (execution is not null && filled < order.Filled))))
            (order.Status, order.Filled) = (status, filled);
        Forget(id, order);
        return new KrakenOrderEvent(
            id, execution, order.Symbol, order.Side, order.Type, status, Text(entry, "exec_type"),
            Number(entry, "last_price") ?? order.LimitPrice ?? order.AveragePrice,
            filledNow ?? order.Quantity, filled ?? 0, Fee(entry),
            Rfc3339.TryParse(Text(entry, "timestamp"), out var time) ? time : null, snapshot)
        {
            IsNews = !snapshot || (execution is not null ? SeenSnapshot
                : !known || (!ended && before != (order.Status, order.Filled, order.Quantity, order.LimitPrice))),
        };
    }

    private bool Remember(string execution)
    {
        if (!executions.Add(execution))
            return false;
        executionOrder.Enqueue(execution);
        if (executionOrder.Count > Remembered)
            executions.Remove(executionOrder.Dequeue());
        return true;
    }

    private void Forget(string id, Order order)
    {
        if (order.Finished || order.Status is not ("filled" or "canceled" or "expired"))
            return;
        order.Finished = true;
        Age(id);
    }

    private void Age(string id)
    {
        finished.Enqueue(id);
        if (finished.Count > Remembered)
            orders.Remove(finished.Dequeue());
    }

    private static decimal? Fee(JsonElement entry)
    {
        if (entry.TryGetProperty("fees", out var fees) && fees.ValueKind == JsonValueKind.Array && fees.GetArrayLength() > 0
            && Text(fees[0], "asset") is { } asset)
        {
            var sum = 0m;
            var oneAsset = true;
            foreach (var fee in fees.EnumerateArray())
            {
                oneAsset &= Text(fee, "asset") == asset;
                sum += Number(fee, "qty") ?? 0;
            }
            if (oneAsset)
                return sum;
        }
        return Number(entry, "fee_usd_equiv");
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static decimal? Number(JsonElement entry, string name) =>
        entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDecimal(),
            JsonValueKind.String when decimal.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
}
