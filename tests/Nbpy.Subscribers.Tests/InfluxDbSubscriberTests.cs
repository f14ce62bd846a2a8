using MessagePack;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Influx;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using NetMQ;
using NetMQ.Sockets;

namespace Nbpy.Subscribers.Tests;

public sealed class InfluxDbSubscriberTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string folder = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_stop_ends_while_the_store_is_away_and_the_writer_takes_nothing_more()
    {
        var service = Create(out var peer, maxPendingBytes: 400, out var port);
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            for (var i = 1UL; i <= 100; i++)
                Send(peer, i, 1.5);
            await Until(() => service.Counters[CounterNames.Pending] > 0);
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
            Assert.InRange(service.Counters[CounterNames.Pending], 1, 20);
            Assert.False(File.Exists(Path.Combine(folder, "checkpoint.json")), "nothing is done with: the next start fetches all of it");
        }

        Assert.True(port > 0);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_named_and_those_around_it_are_taken()
    {
        var service = Create(out var peer, maxPendingBytes: 1 << 20, out _);
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            Send(peer, 1, 1.5);
            Send(peer, 2, new Dictionary<string, double> { ["a"] = 1 }, timestamp: "no number");
            Send(peer, 3, double.NaN);
            Send(peer, 4, 1.5);
            await Until(() => service.Counters[CounterNames.Received] == 3);
            var counters = service.Counters;
            Assert.Equal((1L, 1L, 0L, 1L, 1L), (counters[CounterNames.Malformed], counters[CounterNames.Lost], counters[CounterNames.Missing], counters[CounterNames.NonFinite], counters[CounterNames.Unstorable]));
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }

        Assert.Equal(("unreadable", 2UL, 2UL), Assert.Single(new GapJournal(Path.Combine(folder, "s.gaps"), "r").Ranges) is var r ? (r.Reason, r.From, r.To) : default);
    }

    [Fact]
    public async Task Without_a_ring_what_is_missing_around_a_publisher_s_restart_is_named()
    {
        var service = Create(out var peer, maxPendingBytes: 1 << 20, out _);
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            Send(peer, 7, 1.5);
            Send(peer, 4, 1.5, epoch: 10);
            await Until(() => service.Counters[CounterNames.Received] == 2);
            Assert.Equal((3L, 3L, 6L), (service.Counters[CounterNames.Lost], service.Counters[CounterNames.Missing], service.Counters[CounterNames.Late]));
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }

        Assert.Equal(
            [("end_unknown", 9UL, 8UL, 7UL), ("not_in_ring", 10UL, 1UL, 3UL)],
            new GapJournal(Path.Combine(folder, "s.gaps"), "r").Ranges.Select(r => (r.Reason, r.Epoch, r.From, r.To)));
    }

    [Fact]
    public async Task What_cannot_be_kept_on_the_disk_shows_in_the_health_and_no_checkpoint_goes_past_a_loss_that_is_not_written_down()
    {
        var service = Create(out var peer, maxPendingBytes: 1 << 20, out _);
        var journal = Directory.CreateDirectory(Path.Combine(folder, "s.gaps"));
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            Send(peer, 1, double.NaN);
            Send(peer, 3, double.NaN);
            await Until(() => service.Health.Reason.Contains("lost ranges cannot be kept", StringComparison.Ordinal));
            Assert.Equal(1, service.Counters[CounterNames.Lost]);
            Assert.False(File.Exists(Path.Combine(folder, "checkpoint.json")));
            journal.Delete();
            Directory.CreateDirectory(Path.Combine(folder, "checkpoint.json"));
            await Until(() => service.Health.Reason.Contains("checkpoint.json cannot be written", StringComparison.Ordinal));
            Assert.DoesNotContain("lost ranges", service.Health.Reason, StringComparison.Ordinal);
            Directory.Delete(Path.Combine(folder, "checkpoint.json"));
            await Until(() => File.Exists(Path.Combine(folder, "checkpoint.json")));
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain("cannot be written", service.Health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_spool_of_lost_ranges_cannot_be_made_the_messages_go_on_and_the_ranges_are_stored_once_it_can()
    {
        var store = new Recording();
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "spool"), "in the way", TestContext.Current.CancellationToken);
        var service = Create(out var peer, maxPendingBytes: 1 << 20, out _, store);
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            Send(peer, 1, 1.5);
            Send(peer, 3, 1.5);
            await Until(() => service.Counters[CounterNames.Stored] == 2);
            Assert.Contains("lost ranges cannot be kept on the disk", service.Health.Reason, StringComparison.Ordinal);
            File.Delete(Path.Combine(folder, "spool"));
            await Until(() => store.Bodies.Any(b => b.StartsWith("nbpy_gaps,topic=tick,subscriber=s,reason=not_in_ring epoch=9i,from=2i,to=2i,count=1i ", StringComparison.Ordinal)));
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Points_that_the_store_rejects_show_in_the_health()
    {
        var service = Create(out var peer, maxPendingBytes: 1 << 20, out _, new Rejecting());
        using (peer)
        {
            using var stop = new CancellationTokenSource();
            var running = service.RunAsync(stop.Token);
            Assert.True(peer.TryReceiveFrameBytes(Limit, out _));
            Send(peer, 1, 1.5);
            await Until(() => service.Counters[CounterNames.DeadLettered] == 1);
            Assert.Equal("storing; 1 points that the store rejected are among the dead letters", service.Health.Reason);
            await stop.CancelAsync();
            await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
    }

    private static void Send(XPublisherSocket peer, ulong sequence, object bid, object? timestamp = null, ulong epoch = 9) =>
        peer.SendMoreFrame("tick").SendFrame(MessagePackSerializer.Serialize(
            new Dictionary<string, object> { ["_seq"] = sequence, ["_epoch"] = epoch, ["timestamp"] = timestamp ?? 1_700_000_000_000_000_000L, ["bid"] = bid },
            cancellationToken: TestContext.Current.CancellationToken));

    private static async Task Until(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, "not within the limit");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Recording : HttpMessageHandler
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Bodies { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Enqueue(await request.Content!.ReadAsStringAsync(cancellationToken));
            return new HttpResponseMessage(System.Net.HttpStatusCode.NoContent);
        }
    }

    private sealed class Rejecting : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest));
    }

    /// <summary>A subscriber of a bare publisher, with a store that is away where none is given, and no spool.</summary>
    private InfluxDbSubscriberService Create(out XPublisherSocket peer, int maxPendingBytes, out int port, HttpMessageHandler? store = null)
    {
        peer = new XPublisherSocket();
        port = peer.BindRandomPort("tcp://127.0.0.1");
        var time = TimeProvider.System;
        var client = new InfluxClient(new InfluxOptions { Url = new Uri("http://127.0.0.1:1"), Database = "t" }, store);
        var writer = new BatchWriter(client, new BatchWriterOptions { MaxPendingBytes = maxPendingBytes }, time);
        var gaps = new GapRecorder(client, "tick", "s", new BatchWriterOptions { Spool = new Nbpy.Influx.Spooling.SpoolOptions { Directory = Path.Combine(folder, "spool") } }, new GapJournal(Path.Combine(folder, "s.gaps"), "r"), time, NullLogger.Instance);
        var subscriber = new InfluxDbSubscriber(
            new SubscriberOptions { Topic = "tick", Host = "127.0.0.1", Port = port, ReplayPort = 0 }, new MeasurementLayout("tick", ["pair"], ["bid"]), writer, gaps, time, NullLogger.Instance);
        return new InfluxDbSubscriberService(
            client, writer, subscriber, gaps, Path.Combine(folder, "checkpoint.json"), null, "r", time, NullLogger.Instance, TimeSpan.FromMilliseconds(200));
    }
}
