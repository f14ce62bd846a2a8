using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nbpy.ServiceDefaults.Telemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;

namespace Nbpy.Dashboard.Tests;

/// <summary>Lines logged before a service sends its telemetry, at the dashboard's own receiver.</summary>
public sealed class LateLogsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 5, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Start);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_logged_before_sending_began_is_sent_with_its_own_time()
    {
        await using var server = await Servers.StartAsync();
        using (var factory = Factory(server))
        {
            var logger = factory.CreateLogger("Nbpy.Test");
            logger.Log(LogLevel.Warning, 7, "first", null, static (s, _) => s);
            time.Advance(TimeSpan.FromSeconds(2));
            logger.Log(LogLevel.Information, 8, "second", null, static (s, _) => s);
            Assert.Empty(server.Telemetry.Logs());
            time.Advance(LateTelemetry.Delay);
            logger.Log(LogLevel.Error, 9, "third", new InvalidOperationException("why"), static (s, _) => s);
        }

        await Wait.UntilAsync(() => server.Telemetry.Logs().Length == 3, "three records", Cancel);
        var logs = server.Telemetry.Logs();
        Assert.Equal(["first", "second", "third"], logs.Select(l => l.Message));
        Assert.Equal([Start, Start.AddSeconds(2)], logs.Take(2).Select(l => l.Time));
        Assert.NotEqual(Start, logs[2].Time); // OpenTelemetry's own clock.
        Assert.All(logs, l => Assert.Equal("Nbpy.Test", l.Category));
    }

    [Fact]
    public async Task A_service_that_ends_before_sending_began_sends_all_the_same()
    {
        await using var server = await Servers.StartAsync();
        using (var factory = Factory(server))
            factory.CreateLogger("Nbpy.Test").Log(LogLevel.Critical, 1, "the configuration is wrong", null, static (s, _) => s);
        await Wait.UntilAsync(() => server.Telemetry.Logs().Length == 1, "the record", Cancel);
        Assert.Equal(Start, server.Telemetry.Logs()[0].Time);
    }

    [Fact]
    public async Task Beyond_the_bound_lines_are_counted_and_the_count_is_sent()
    {
        await using var server = await Servers.StartAsync();
        using (var factory = Factory(server))
        {
            var logger = factory.CreateLogger("Nbpy.Test");
            for (var i = 0; i < LateLogs.Capacity + 5; i++)
                logger.Log(LogLevel.Information, i, "a line", null, static (s, _) => s);
        }

        await Wait.UntilAsync(() => server.Telemetry.Logs().Length == LateLogs.Capacity + 1, "every record", Cancel);
        Assert.StartsWith("5 lines ", server.Telemetry.Logs()[^1].Message, StringComparison.Ordinal);
    }

    private ILoggerFactory Factory(DashboardServer server) => LoggerFactory.Create(logging =>
        logging.Services.AddSingleton<ILoggerProvider>(_ => new LateLogs(
            o =>
            {
                o.IncludeFormattedMessage = true;
                o.AddOtlpExporter(e =>
                {
                    e.Protocol = OtlpExportProtocol.HttpProtobuf;
                    e.Endpoint = new Uri(server.Addresses.OtlpHttpUrl + "/v1/logs");
                    e.Headers = "x-otlp-api-key=" + server.Addresses.ApiKey;
                });
            },
            time)));
}
