using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>An account whose orders are placed, filled piece by piece and cancelled: every fill is published once, and every
/// order's end is known, whatever was lost.</summary>
internal sealed class KrakenExecutionsSoak(int seed) : KrakenSoakFeed("kraken_orders", seed, KnownClasses.KrakenOrders)
{
    private const long Start = 1_893_456_000_000_000_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Order> orders = [];
    private readonly List<string> open = [];
    private readonly List<string> fills = [];
    private readonly HashSet<int> fillTimes = [];
    private int sequence;
    private int tick;

    private sealed class Order
    {
        public required string Id { get; init; }
        public int Filled { get; set; }
        public string Status { get; set; } = "new";
    }

    // A reset connection takes what has not been read yet with it: that has to be less than a snapshot's fifty fills.
    protected override int Burst => 40;

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) => Unsettled(messages).Length == 0;

    public override string Unsettled(IReadOnlyList<MarketMessage> messages)
    {
        var last = new Dictionary<string, string>();
        // By the venue's time: a missed fill is told later, with the time and the state of then.
        foreach (var message in messages.OrderBy(m => m.TimestampNs))
            last[(string)message.Get("order_id")!] = (string)message.Get("status")!;
        var told = messages.Where(IsFill).Select(Tick).ToHashSet();
        lock (gate)
        {
            // An order placed and cancelled during an outage, without a fill, no snapshot tells.
            var open = orders.Values.Where(o => !(!last.ContainsKey(o.Id) && o.Filled == 0 && o.Status == "canceled") && last.GetValueOrDefault(o.Id) != o.Status)
                .Select(o => $"{o.Id} is {o.Status}, told {last.GetValueOrDefault(o.Id)}");
            return string.Join("; ", open.Concat(fillTimes.Where(t => !told.Contains(t)).Select(t => $"fill {fills.First(f => f.Contains($"\"E{t}\"", StringComparison.Ordinal))} not told")));
        }
    }

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        var seen = new HashSet<int>();
        foreach (var message in messages.Where(IsFill))
        {
            Assert.Contains(Tick(message), fillTimes);
            Assert.True(seen.Add(Tick(message)), $"the fill {Tick(message)} twice");
        }

        foreach (var order in messages.Where(m => !IsFill(m)).GroupBy(m => (string)m.Get("order_id")!))
        {
            var ends = order.Count(m => m.Get("status") is "filled" or "canceled");
            Assert.True(ends <= 1, $"{order.Key} ended {ends} times");
        }

        Assert.Equal(0, Run.Count("orders_without_known_end"));
    }

    protected override IEnumerable<string> Keys(JsonElement request)
    {
        sequence = 0;
        return [""];
    }

    protected override string Snapshot(string key)
    {
        lock (gate)
            return Frame("snapshot", [.. fills.TakeLast(50), .. open.Select(id => Open(orders[id]))]);
    }

    // Few enough that no more than fifty fills fall into an outage, which is what a snapshot reaches back.
    protected override (string Frame, bool MayBeLost) Next(string key)
    {
        if (Random.Next(4) != 0)
            return ("""{"channel":"heartbeat"}""", false);
        lock (gate)
        {
            if (open.Count == 0 || (open.Count < 5 && Random.Next(3) == 0))
            {
                var placed = new Order { Id = $"O{orders.Count}" };
                orders[placed.Id] = placed;
                open.Add(placed.Id);
                return (Frame("update", Open(placed)), true);
            }

            var order = orders[open[Random.Next(open.Count)]];
            if (Random.Next(4) == 0)
                return (Frame("update", End(order, "canceled")), true);
            order.Filled++;
            var fill = Fill(order);
            order.Status = "partially_filled";
            // The last fill and the end are two events in one message.
            return (order.Filled == 4 ? Frame("update", fill, End(order, "filled")) : Frame("update", fill), true);
        }
    }

    protected override string? Rest(string path)
    {
        if (path.EndsWith("GetWebSocketsToken", StringComparison.Ordinal))
            return """{"error":[],"result":{"token":"T","expires":900}}""";
        lock (gate)
            return $$$"""{"error":[],"result":{{{{string.Join(',', orders.Values.Select(o => $$"""
                "{{o.Id}}":{"status":"{{(o.Status == "filled" ? "closed" : o.Status == "canceled" ? "canceled" : "open")}}","vol":"4","vol_exec":"{{o.Filled}}","fee":"0","closetm":1893456001.5}
                """))}}} }}""";
    }

    private string Frame(string type, params string[] entries) =>
        $$"""{"channel":"executions","type":"{{type}}","data":[{{string.Join(',', entries)}}],"sequence":{{++sequence}}}""";

    private string Open(Order order) =>
        $$"""{"order_id":"{{order.Id}}","symbol":"BTC/USD","order_qty":4,"cum_qty":{{order.Filled}},"exec_type":"new","side":"buy","order_type":"limit","limit_price":100.5,"order_status":"{{order.Status}}","timestamp":"{{Time()}}"}""";

    private string Fill(Order order)
    {
        var time = Time();
        fillTimes.Add(tick);
        fills.Add($$"""{"order_id":"{{order.Id}}","exec_id":"E{{tick}}","exec_type":"trade","symbol":"BTC/USD","side":"buy","last_qty":1,"last_price":100.25,"order_type":"limit","timestamp":"{{time}}","order_status":"partially_filled","cum_qty":{{order.Filled}}}""");
        return fills[^1];
    }

    private string End(Order order, string status)
    {
        order.Status = status;
        open.Remove(order.Id);
        return $$"""{"order_id":"{{order.Id}}","exec_type":"{{status}}","order_status":"{{status}}","timestamp":"{{Time()}}"}""";
    }

    private string Time() => $"2030-01-01T00:00:{++tick / 1_000_000:00}.{tick % 1_000_000:000000}Z";

    // Only fills have that price.
    private static bool IsFill(MarketMessage message) => message.Get("price") is 100.25;

    private static int Tick(MarketMessage message) => (int)((message.TimestampNs - Start) / 1000);
}
