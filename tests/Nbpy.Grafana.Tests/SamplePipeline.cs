using System.Globalization;
using System.Text;

namespace Nbpy.Grafana.Tests;

/// <summary>What the app host writes of the services: every five seconds each publisher's and subscriber's own figures, and the gaps.</summary>
internal static class SamplePipeline
{
    private static readonly string[] Services = ["kraken-tick", "kraken-depth", "oanda-tick", "betfair-stream", "kraken-tick-influxdb", "kraken-depth-influxdb", "oanda-tick-influxdb", "betfair-influxdb"];

    public static void Add(StringBuilder text, DateTimeOffset from, DateTimeOffset to, Random random)
    {
        var cpu = Services.Select(_ => 6.0).ToArray();
        var sent = new double[Services.Length];
        for (var at = from; at <= to; at = at.AddSeconds(5))
        {
            var part = (at - from) / (to - from);
            for (var i = 0; i < Services.Length; i++)
            {
                var receives = Services[i].EndsWith("-influxdb", StringComparison.Ordinal);
                cpu[i] = Math.Clamp(cpu[i] + random.NextDouble() - 0.5, 1, 14);

                // A venue's hour has its rhythm; for half a minute nothing comes from the third.
                sent[i] += i % 4 == 2 && part is > 0.4 and < 0.44 ? 0 : 5 * 15 * (i % 4 + 1) * (0.7 + (0.25 * Math.Sin(part * (5 + (i % 4)))) + (random.NextDouble() * 0.3));
                var lost = Services[i] == "kraken-tick-influxdb" && part > 0.6 ? 12 : 0;
                var flow = receives
                    ? FormattableString.Invariant($"received={(long)sent[i]},stored={(long)sent[i]},pending={random.Next(8)},missing={lost + (int)(part * 5)},late={(int)(part * 6)},repaired={(int)(part * 5)},lost={lost},spool_bytes={(part is > 0.65 and < 0.8 && i == 4 ? 30_000 : 0)},latency_received_ms={0.3 + (random.NextDouble() * 0.3):0.00},latency_stored_ms={(part is > 0.65 and < 0.7 ? 60 : 9) + (random.NextDouble() * 4):0.00}")
                    : FormattableString.Invariant($"published={(long)sent[i]},latency_published_ms={0.4 + (random.NextDouble() * 0.4):0.00}");
                text.Append(CultureInfo.InvariantCulture, $"nbpy_services,service={Services[i]},role={(receives ? "subscriber" : "publisher")} {flow},restarts={(i == 2 && part > 0.4 ? 1 : 0)},cpu_percent={cpu[i]:0.00},memory_bytes={(52 + (i * 4) + random.Next(2)) * 1_000_000} {at.ToUnixTimeMilliseconds() * 1_000_000}\n");
            }
        }
        text.Append(CultureInfo.InvariantCulture, $"nbpy_gaps,topic=kraken_tick,subscriber=kraken_tick_influxdb,reason=not_in_ring epoch=7i,from=4100i,to=4111i,count=12i {(from + ((to - from) * 0.6)).ToUnixTimeMilliseconds() * 1_000_000}\n");
    }
}
