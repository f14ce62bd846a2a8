using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Nbpy.Dashboard.Telemetry;
using OpenTelemetry.Exporter;

namespace Nbpy.Dashboard.Tests;

public sealed class OtlpTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task LogsSpansAndMetricsOfARealExporterArriveWhole(OtlpExportProtocol protocol)
    {
        await using var server = await Servers.StartAsync();
        string traceId;
        using (var sender = new OtlpSender("kraken-tick", server.Addresses, protocol))
        {
            var stored = sender.Meter.CreateCounter<long>("nbpy.messages.stored", "{message}", "Messages stored");
            var latency = sender.Meter.CreateHistogram<double>("nbpy.write.duration", "s", "Time of a write");
            using (var parent = sender.Source.StartActivity("publish", ActivityKind.Producer)!)
            {
                traceId = parent.TraceId.ToHexString();
                parent.SetTag("messaging.destination", "kraken_tick");
                parent.AddEvent(new ActivityEvent("queued"));
                using (var child = sender.Source.StartActivity("store", ActivityKind.Client)!)
                    child.SetStatus(ActivityStatusCode.Error, "no answer");
                sender.Logger.LogError(new InvalidOperationException("broken"), "Could not store {Count} of {Topic}", 17, "kraken_tick");
                stored.Add(5, new KeyValuePair<string, object?>("topic", "kraken_tick"));
                latency.Record(0.012);
            }

            Assert.True(sender.Flush());
        }

        await Wait.UntilAsync(() => server.Telemetry.Logs().Length == 1 && server.Telemetry.Spans().Length == 2, "one log and two spans", Cancel);
        var log = Assert.Single(server.Telemetry.Logs("kraken-tick"));
        Assert.Equal("Could not store 17 of kraken_tick", log.Message);
        Assert.Equal(LogSeverity.Error, log.Severity);
        Assert.Equal("Test.Category", log.Category);
        Assert.Equal("17", log.Find("Count"));
        Assert.Contains("InvalidOperationException", log.Exception, StringComparison.Ordinal);
        Assert.Equal(traceId, log.TraceId);

        var spans = server.Telemetry.Spans("kraken-tick");
        var publish = Assert.Single(spans, s => s.Name == "publish");
        var store = Assert.Single(spans, s => s.Name == "store");
        Assert.Equal((SpanRole.Producer, "", traceId), (publish.Role, publish.ParentId, publish.TraceId));
        Assert.Equal("queued", Assert.Single(publish.Events).Name);
        Assert.Equal((publish.SpanId, true, "no answer"), (store.ParentId, store.IsError, store.StatusMessage));
        Assert.Equal(log.SpanId, publish.SpanId);

        var instruments = server.Telemetry.Instruments("kraken-tick");
        var counter = Assert.Single(instruments, i => i.Name == "nbpy.messages.stored");
        Assert.Equal(("{message}", "Messages stored", InstrumentKind.Counter), (counter.Unit, counter.Description, counter.Kind));
        var series = Assert.Single(server.Telemetry.Series("kraken-tick", counter.Meter, counter.Name, DateTimeOffset.MinValue));
        Assert.Equal(("topic=kraken_tick", 5.0), (series.Label, series.Points[^1].Value));
        var histogram = Assert.Single(server.Telemetry.Series("kraken-tick", counter.Meter, "nbpy.write.duration", DateTimeOffset.MinValue));
        Assert.Equal(1, histogram.Points[^1].Value);
        Assert.Equal(0.012, histogram.Points[^1].Sum, 6);
        Assert.Equal(traceId, Assert.Single(histogram.Exemplars).TraceId);
    }

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task WithoutTheKeyNothingIsTaken(OtlpExportProtocol protocol)
    {
        await using var server = await Servers.StartAsync();
        using (var stranger = new OtlpSender("stranger", server.Addresses, protocol, apiKey: "wrong"))
        {
            stranger.Source.StartActivity("x")!.Dispose();
            Assert.False(stranger.Flush());
        }

        using (var friend = new OtlpSender("friend", server.Addresses, protocol))
        {
            friend.Source.StartActivity("x")!.Dispose();
            Assert.True(friend.Flush());
        }

        Assert.Equal("friend", Assert.Single(server.Telemetry.Senders).Name);
    }

    [Theory]
    [InlineData("application/json", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-protobuf", "\u0007 is no protobuf", HttpStatusCode.BadRequest)]
    public async Task WhatIsNoProtobufIsRefusedWithTheReason(string type, string body, HttpStatusCode expected)
    {
        await using var server = await Servers.StartAsync();
        using var answer = await PostAsync(server, new StringContent(body, new MediaTypeHeaderValue(type)));
        Assert.Equal(expected, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task ABodyThatUnpacksToMoreThanTheBoundIsRefused()
    {
        await using var server = await Servers.StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(new byte[Otlp.OtlpHttp.MaxBodyBytes + 1], Cancel);
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await PostAsync(server, content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task PagesAreNotServedWhereTelemetryComesInNorTheOtherWay()
    {
        await using var server = await Servers.StartAsync();
        using var http = new HttpClient { DefaultRequestHeaders = { { "x-otlp-api-key", server.Addresses.ApiKey } } };
        using var page = await http.GetAsync(server.Addresses.OtlpHttpUrl + "/login", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        using var logs = await http.PostAsync(server.Addresses.Url + "/v1/logs", new ByteArrayContent([]), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, logs.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(DashboardServer server, HttpContent content)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { { "x-otlp-api-key", server.Addresses.ApiKey } } };
        return await http.PostAsync(server.Addresses.OtlpHttpUrl + "/v1/logs", content, Cancel);
    }
}
