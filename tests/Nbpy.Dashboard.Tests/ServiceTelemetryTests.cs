using System.Runtime.CompilerServices;
using Nbpy.Dashboard.Telemetry;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Nbpy.Dashboard.Tests;

public sealed class ServiceTelemetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CountersArriveUnderTheirStableNamesAndUnnamedOnesAsAttribute()
    {
        await using var server = await Servers.StartAsync();
        var service = new CountingService();
        using var instruments = new CounterInstruments(service, TimeProvider.System);
        using (var metrics = OpenTelemetry.Sdk.CreateMeterProviderBuilder()
            .AddMeter(InstrumentTable.Meter)
            .AddOtlpExporter(o =>
            {
                o.Protocol = OtlpExportProtocol.HttpProtobuf;
                o.Endpoint = new Uri(server.Addresses.OtlpHttpUrl + "/v1/metrics");
                o.Headers = "x-otlp-api-key=" + server.Addresses.ApiKey;
            }).Build())
            Assert.True(metrics.ForceFlush(10_000));

        await Wait.UntilAsync(() => server.Telemetry.Senders.Count == 1, "a sender", Cancel);
        var sender = server.Telemetry.Senders[0].Name;
        double Value(string instrument) => Assert.Single(server.Telemetry.Series(sender, "Nbpy", instrument, DateTimeOffset.MinValue)).Points[^1].Value;
        Assert.Equal(12, Value("nbpy.messages.published"));
        Assert.Equal(3, Value("nbpy.messages.pending"));
        Assert.Equal(0, Value("nbpy.service.healthy"));
        var other = Assert.Single(server.Telemetry.Series(sender, "Nbpy", InstrumentTable.Other, DateTimeOffset.MinValue));
        Assert.Equal(("nbpy.counter=moonshine", 7.0), (other.Label, other.Points[^1].Value));
        Assert.Equal(InstrumentKind.Counter, server.Telemetry.Instruments(sender).Single(i => i.Name == "nbpy.messages.published").Kind);
        Assert.DoesNotContain(server.Telemetry.Instruments(sender), i => i.Name == "nbpy.gaps");
    }

    [Fact]
    public void EveryInstrumentHasANameOfItsOwnAndStandsInTheDocumentation()
    {
        Assert.Equal(InstrumentTable.All.Count, InstrumentTable.All.Select(i => i.Name).Distinct().Count());
        Assert.Equal(InstrumentTable.All.Count, InstrumentTable.All.Select(i => i.Counter).Distinct().Count());
        var docs = File.ReadAllText(Path.Combine(Here(), "../../docs/telemetry.md"));
        Assert.All(InstrumentTable.All, i => Assert.Contains($"| `{i.Name}` | {i.Unit} | {i.Description}", docs, StringComparison.Ordinal));
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private sealed class CountingService : IService
    {
        public ServiceHealth Health => new(false, "silent");

        public IReadOnlyDictionary<string, long> Counters { get; } = new Dictionary<string, long> { ["published"] = 12, ["pending"] = 3, ["moonshine"] = 7 };

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
