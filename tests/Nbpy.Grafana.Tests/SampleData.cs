using System.Globalization;
using System.Text;

namespace Nbpy.Grafana.Tests;

/// <summary>Believable markets of the last while, as line protocol: the same on every run.</summary>
internal static class SampleData
{
    private const int StepSeconds = 3;
    private static readonly (string Name, double Price, double Tick)[] Pairs = [("XBT/USD", 64_210.5, 0.1), ("ETH/USD", 3_140.2, 0.01), ("SOL/USD", 148.31, 0.01), ("ADA/USD", 0.4512, 0.0001)];
    private static readonly (string Name, double Price, double Tick)[] Currencies = [("EUR_USD", 1.0842, 0.00001), ("GBP_USD", 1.2711, 0.00001), ("USD_JPY", 156.32, 0.001)];
    private static readonly string[] Services = ["kraken-tick", "kraken-depth", "oanda-tick", "betfair-stream", "kraken-tick-influxdb", "kraken-depth-influxdb", "oanda-tick-influxdb", "betfair-influxdb"];

    /// <summary>Fills a store.</summary>
    public static async Task FillAsync(StoreProcess store, TimeSpan length, CancellationToken cancel)
    {
        await store.QueryAsync("CREATE DATABASE tick", cancel);
        await store.QueryAsync("CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT; CREATE RETENTION POLICY high_frequency ON tick DURATION 7d REPLICATION 1; CREATE RETENTION POLICY long_term ON tick DURATION 365d REPLICATION 1", cancel);
        var end = DateTimeOffset.UtcNow;
        await store.WriteAsync(Lines(end - length, end), cancel);
        await store.WriteAsync(Weather(end), cancel, "high_frequency");
        await store.WriteAsync(Minutes(end), cancel, "long_term");
    }

    private static string Lines(DateTimeOffset from, DateTimeOffset to)
    {
        var random = new Random(7);
        var text = new StringBuilder();
        var prices = Pairs.Concat(Currencies).ToDictionary(p => p.Name, p => p.Price);
        var odds = new[] { 2.4, 3.6, 5.2, 9.0 };
        var matched = new double[4];
        var order = 0;
        for (var at = from; at <= to; at = at.AddSeconds(StepSeconds))
        {
            var step = (int)((at - from).TotalSeconds / StepSeconds);
            var ns = at.ToUnixTimeMilliseconds() * 1_000_000;
            void Add(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append(' ').Append(ns).Append('\n');
            foreach (var (name, _, tick) in Pairs)
            {
                var p = prices[name] = Math.Round(prices[name] * (1 + ((random.NextDouble() - 0.497) * 0.0007)), 5);
                var spread = tick * random.Next(1, 8);
                Add($"kraken_tick,pair={name},exchange=kraken,source=simulated bid={p},ask={p + spread},last_trade_price={p + (random.Next(2) * spread)},volume={900 + (step * 1.7) + random.NextDouble()},vwap={Pairs.First(x => x.Name == name).Price * 1.0004}");
                var bid = p;
                var ask = p + spread;
                for (var level = 1; level <= 10; level++)
                {
                    Add($"kraken_depth,pair={name},level={level},exchange=kraken,source=simulated bid_price={bid},bid_size={Size(random, level)},ask_price={ask},ask_size={Size(random, level)}");
                    bid -= tick * random.Next(1, 6);
                    ask += tick * random.Next(1, 6);
                }
            }
            foreach (var (name, _, tick) in Currencies)
            {
                var p = prices[name] = Math.Round(prices[name] * (1 + ((random.NextDouble() - 0.5) * 0.00012)), 5);
                var wide = 9 + random.Next(6);
                Add($"oanda_tick,instrument={name},exchange=oanda,source=simulated bid={p},ask={p + (tick * wide)},spread={tick * wide},volume={random.Next(1, 9) * 250_000}");
            }
            for (var i = 0; i < odds.Length; i++)
            {
                odds[i] = Math.Max(1.2, odds[i] * (1 + ((random.NextDouble() - 0.5) * 0.01)));
                matched[i] += random.Next(0, 900) / odds[i];
                Add($"betfair_stream,event_id=30000001,market_id=1.234,selection_id={4700 + i},exchange=betfair,source=simulated back_price={odds[i]:0.00},back_size={random.Next(5, 400)},lay_price={odds[i] + 0.04:0.00},lay_size={random.Next(5, 400)},last_traded_price={odds[i] + 0.02:0.00},matched_amount={matched[i]:0.00}");
            }
            if (step % 2 == 0)
            {
                var (name, _, _) = Pairs[random.Next(Pairs.Length)];
                var status = random.Next(10) switch { < 4 => "new", < 6 => "partially_filled", < 9 => "filled", _ => "canceled" };
                var side = random.Next(2) == 0 ? "buy" : "sell";
                order++;
                Add($"kraken_orders,pair={name},status={status},type=limit,side={side},exchange=kraken,source=simulated order_id=\"O{order:X6}\",price={prices[name]},amount=1.5,filled_amount={random.NextDouble():0.000},fee={random.NextDouble():0.00}");
                Add($"oanda_orders,instrument=EUR_USD,status={status},type=market,side={side},exchange=oanda,source=simulated order_id=\"{order}\",price={prices["EUR_USD"]},units={random.Next(1, 90) * 1000},profit_loss={(status == "filled" ? random.NextDouble() - 0.45 : 0) * 40:0.00}");
                var topic = new[] { "bitcoin", "ethereum", "forex" }[random.Next(3)];
                var score = Math.Clamp((Math.Sin(step / 40.0) * 0.4) + ((random.NextDouble() - 0.5) * 0.9), -1, 1);
                Add($"twitter_sentiment,topic={topic},lang={(random.Next(5) == 0 ? "de" : "en")},exchange=twitter,source=simulated sentiment_score={score:0.000},positive={0.25 + (score * 0.2):0.000},neutral=0.5,negative={0.25 - (score * 0.2):0.000},text_length=90,followers={random.Next(9000)},author=\"sim_{order}\",location=\"London\"");
            }
            if (step == 180)
                Add($"nbpy_gaps,topic=kraken_tick epoch=7,from=4100,to=4111,count=12");
        }
        Pipeline(text, from, to, random);
        return text.ToString();
    }

    // As the app host writes it: every five seconds, publishers' and subscribers' own figures.
    private static void Pipeline(StringBuilder text, DateTimeOffset from, DateTimeOffset to, Random random)
    {
        var cpu = Services.Select(_ => 6.0).ToArray();
        for (var at = from; at <= to; at = at.AddSeconds(5))
        {
            var part = (at - from) / (to - from);
            var seconds = (at - from).TotalSeconds;
            for (var i = 0; i < Services.Length; i++)
            {
                var receives = Services[i].EndsWith("-influxdb", StringComparison.Ordinal);
                cpu[i] = Math.Clamp(cpu[i] + random.NextDouble() - 0.5, 1, 14);
                var trouble = Services[i] == "kraken-tick-influxdb" && part > 0.6 ? 12 : 0;
                var flow = receives
                    ? FormattableString.Invariant($"received={(long)(seconds * 15 * (i % 4 + 1))},stored={(long)(seconds * 15 * (i % 4 + 1))},pending={random.Next(30)},missing={trouble},late={(int)(part * 6)},repaired={(int)(part * 5)},lost={trouble},spool_bytes={(part is > 0.65 and < 0.8 && i == 4 ? 30_000 : 0)},latency_received_ms={0.3 + (random.NextDouble() * 0.3):0.00},latency_stored_ms={(part is > 0.65 and < 0.7 ? 60 : 9) + (random.NextDouble() * 4):0.00}")
                    : FormattableString.Invariant($"published={(long)(seconds * 15 * (i + 1))},latency_published_ms={0.4 + (random.NextDouble() * 0.4):0.00}");
                text.Append(CultureInfo.InvariantCulture, $"nbpy_services,service={Services[i]},role={(receives ? "subscriber" : "publisher")} {flow},restarts={(i == 2 && part > 0.4 ? 1 : 0)},cpu_percent={cpu[i]:0.00},memory_bytes={(52 + (i * 4) + random.Next(2)) * 1_000_000} {at.ToUnixTimeMilliseconds() * 1_000_000}\n");
            }
        }
    }

    private static double Size(Random random, int level) => Math.Round(0.4 + (level * 0.5) + (random.NextDouble() * 2), 3);

    private static string Weather(DateTimeOffset end) => string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture,
        $"weather,station=Delft,source=simulated temperature={12 + Math.Sin(i / 9.0):0.00},wind={4 + (i % 5)} {end.AddSeconds(-i * 12).ToUnixTimeMilliseconds() * 1_000_000}\n")));

    private static string Minutes(DateTimeOffset end) => string.Concat(Enumerable.Range(0, 15).SelectMany(i => Pairs.Select(p => string.Create(CultureInfo.InvariantCulture,
        $"kraken_tick_1m,pair={p.Name},exchange=kraken,source=simulated bid_open={p.Price},bid_high={p.Price * (1.001 + (i % 4 * 0.0002))},bid_low={p.Price * 0.999},bid_close={p.Price * (1 + (i % 3 * 0.0003))} {end.AddMinutes(-i).ToUnixTimeMilliseconds() * 1_000_000}\n"))));
}
