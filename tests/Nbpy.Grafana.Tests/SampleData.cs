using System.Globalization;
using System.Text;

namespace Nbpy.Grafana.Tests;

/// <summary>Believable markets of the last while, as line protocol: the same on every run.</summary>
internal static class SampleData
{
    private const int StepSeconds = 3;
    private const int Levels = 10;
    private static readonly (string Name, double Price, double Tick)[] Pairs = [("XBT/USD", 64_210.5, 0.1), ("ETH/USD", 3_140.2, 0.01), ("SOL/USD", 148.31, 0.01), ("ADA/USD", 0.4512, 0.0001)];
    private static readonly (string Name, double Price, double Tick)[] Currencies = [("EUR_USD", 1.0842, 0.00001), ("GBP_USD", 1.2711, 0.00001), ("USD_JPY", 156.32, 0.001)];

    /// <summary>Fills a store: <paramref name="length"/> of everything, and before it minutes of the ticks, of eight hours and of a while a month ago.</summary>
    public static async Task FillAsync(StoreProcess store, TimeSpan length, CancellationToken cancel)
    {
        await store.QueryAsync("CREATE DATABASE tick", cancel);
        await store.QueryAsync("CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT; CREATE RETENTION POLICY high_frequency ON tick DURATION 7d REPLICATION 1; CREATE RETENTION POLICY long_term ON tick DURATION 365d REPLICATION 1", cancel);
        var end = DateTimeOffset.UtcNow;
        var bars = new Dictionary<(string Pair, DateTimeOffset Minute), List<(double Bid, double Ask)>>();
        await store.WriteAsync(Lines(end - length, end, bars), cancel);
        await store.WriteAsync(Weather(end), cancel, "high_frequency");
        await store.WriteAsync(Minutes(end - length, bars), cancel, "long_term");
    }

    private static string Lines(DateTimeOffset from, DateTimeOffset to, Dictionary<(string Pair, DateTimeOffset Minute), List<(double Bid, double Ask)>> bars)
    {
        var random = new Random(7);
        var text = new StringBuilder();
        var prices = Pairs.Concat(Currencies).ToDictionary(p => p.Name, p => p.Price);
        var volumes = Pairs.ToDictionary(p => p.Name, _ => 900.0);
        var odds = new[] { 2.4, 3.6, 5.2, 9.0 };
        var matched = new double[4];
        for (var at = from; at <= to; at = at.AddSeconds(StepSeconds))
        {
            var step = (int)((at - from).TotalSeconds / StepSeconds);
            void Add(FormattableString line, int laterMs = 0) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append(' ').Append((at.ToUnixTimeMilliseconds() + laterMs) * 1_000_000).Append('\n');
            foreach (var (name, start, tick) in Pairs)
            {
                double bid = 0, ask = 0;
                for (var quote = random.Next(1, 5); quote > 0; quote--)
                {
                    bid = prices[name] = Math.Round(prices[name] * (1 + ((random.NextDouble() - 0.497) * 0.0004)), 5);
                    ask = bid + (tick * random.Next(1, 8));
                    volumes[name] += random.NextDouble() * random.Next(3);
                    Add($"kraken_tick,pair={name},exchange=kraken,source=simulated bid={bid},ask={ask},last_trade_price={(random.Next(2) == 0 ? bid : ask)},volume={volumes[name]:0.000},vwap={start * 1.0004}", 3000 - (quote * 600) - random.Next(500));
                    var minute = new DateTimeOffset(at.Ticks - (at.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
                    if (!bars.TryGetValue((name, minute), out var bar))
                        bars[(name, minute)] = bar = [];
                    bar.Add((bid, ask));
                }
                Book(name, tick, bid, ask, step);
            }
            foreach (var (name, _, tick) in Currencies)
            {
                var p = prices[name] = Math.Round(prices[name] * (1 + ((random.NextDouble() - 0.5) * 0.00012)), 5);
                var wide = 9 + random.Next(6);
                Add($"oanda_tick,instrument={name},exchange=oanda,source=simulated bid={p},ask={p + (tick * wide)},spread={tick * wide},volume={random.Next(1, 9) * 250_000}", random.Next(2900));
            }
            for (var i = 0; i < odds.Length; i++)
            {
                odds[i] = Math.Max(1.2, odds[i] * (1 + ((random.NextDouble() - 0.5) * 0.01)));
                matched[i] += random.Next(0, 900) / odds[i];
                Add($"betfair_stream,event_id=30000001,market_id=1.234,selection_id={4700 + i},exchange=betfair,source=simulated back_price={odds[i]:0.00},back_size={random.Next(5, 400)},lay_price={odds[i] + 0.04:0.00},lay_size={random.Next(5, 400)},last_traded_price={odds[i] + 0.02:0.00},matched_amount={matched[i]:0.00}");
            }
            if (step % 2 == 0)
                OrdersAndPosts(step);

            // As the live feed: only the levels that changed; the book of ADA/USD has nothing at its tenth bid in the end.
            void Book(string name, double tick, double bid, double ask, int now)
            {
                for (var level = 1; level <= Levels; level++)
                {
                    var gone = name == "ADA/USD" && level == Levels && now > 200;
                    if (level <= 2 || now == 0 || random.Next(3) == 0 || gone)
                        Add($"kraken_depth,pair={name},level={level},exchange=kraken,source=simulated bid_price={bid},bid_size={(gone ? 0 : Size(random, level))},ask_price={ask},ask_size={Size(random, level)}");
                    bid -= tick * random.Next(1, 6);
                    ask += tick * random.Next(1, 6);
                }
            }

            void OrdersAndPosts(int number)
            {
                var (name, _, _) = Pairs[random.Next(Pairs.Length)];
                var status = random.Next(12) switch { < 4 => "new", < 6 => "partially_filled", < 9 => "filled", < 11 => "canceled", _ => "expired" };
                var side = random.Next(2) == 0 ? "buy" : "sell";
                var part = status switch { "new" => 0, "filled" => 1, _ => random.NextDouble() };
                Add($"kraken_orders,pair={name},status={status},type=limit,side={side},exchange=kraken,source=simulated order_id=\"O{number / 6:X6}\",price={prices[name]},amount=1.5,filled_amount={1.5 * part:0.000},fee={1.5 * part * prices[name] * 0.0016:0.00}");
                var state = status switch { "new" or "partially_filled" => "pending", "filled" => "filled", "canceled" => "cancelled", _ => "rejected" };
                Add($"oanda_orders,instrument=EUR_USD,status={state},type=market,side={side},exchange=oanda,source=simulated order_id=\"{number}\",price={prices["EUR_USD"]},units={random.Next(1, 90) * 1000},profit_loss={(state == "filled" ? random.NextDouble() - 0.45 : 0) * 40:0.00}");
                var topic = new[] { "bitcoin", "ethereum", "forex" }[random.Next(3)];
                var score = Math.Clamp((Math.Sin(number / 40.0) * 0.4) + ((random.NextDouble() - 0.5) * 0.9), -1, 1);
                Add($"twitter_sentiment,topic={topic},lang={(random.Next(5) == 0 ? "de" : "en")},exchange=twitter,source=simulated sentiment_score={score:0.000},positive={0.25 + (score * 0.2):0.000},neutral=0.5,negative={0.25 - (score * 0.2):0.000},text_length=90,followers={random.Next(9000)},author=\"sim_{number}\",location=\"London\"");
            }
        }
        SamplePipeline.Add(text, from, to, random);
        return text.ToString();
    }

    private static double Size(Random random, int level) => Math.Round(0.4 + (level * 0.4) + (random.NextDouble() * random.NextDouble() * 5), 3);

    // A field nobody would take for a text by its name, and one that is yes or no.
    private static string Weather(DateTimeOffset end) => string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture,
        $"weather,station=Delft,source=simulated temperature={12 + Math.Sin(i / 9.0):0.00},wind={4 + (i % 5)},sky=\"{(i % 7 < 3 ? "clear" : "cloudy")}\",rain={(i % 9 == 0 ? "true" : "false")} {end.AddSeconds(-i * 12).ToUnixTimeMilliseconds() * 1_000_000}\n")));

    // Up to where the ticks begin a walk that ends at their first price; then what the ticks were.
    private static string Minutes(DateTimeOffset from, Dictionary<(string Pair, DateTimeOffset Minute), List<(double Bid, double Ask)>> bars)
    {
        const int Before = 8 * 60;
        var random = new Random(11);
        var text = new StringBuilder();
        void Add(string pair, DateTimeOffset at, IReadOnlyList<(double Bid, double Ask)> bar) => text.Append(CultureInfo.InvariantCulture,
            $"kraken_tick_1m,pair={pair},exchange=kraken,source=simulated bid_open={bar[0].Bid},bid_high={bar.Max(b => b.Bid)},bid_low={bar.Min(b => b.Bid)},bid_close={bar[^1].Bid},ask_open={bar[0].Ask},ask_high={bar.Max(b => b.Ask)},ask_low={bar.Min(b => b.Ask)},ask_close={bar[^1].Ask} {at.ToUnixTimeMilliseconds() * 1_000_000}\n");
        foreach (var (name, price, tick) in Pairs)
        {
            var bid = price;
            for (var i = 1; i <= Before; i++)
            {
                var open = bid * (1 + ((random.NextDouble() - 0.498) * 0.003));
                Add(name, from.AddMinutes(-i), [(open, open + (tick * 5)), (Math.Max(open, bid) * 1.0005, Math.Max(open, bid) * 1.0006), (Math.Min(open, bid) * 0.9995, Math.Min(open, bid) * 0.9996), (bid, bid + (tick * 5))]);
                bid = open;
            }
            for (var i = 0; i < 20; i++)
                Add(name, from.AddDays(-31).AddMinutes(-i), [(price * 0.9, price * 0.9001)]);
        }
        foreach (var ((pair, minute), bar) in bars)
            Add(pair, minute, bar);
        return text.ToString();
    }
}
