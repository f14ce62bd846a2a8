using System.Diagnostics;

namespace Nbpy.Messaging.Tests;

/// <summary>CURVE on real sockets, between ours and with libzmq: who has the key reads, and nobody else.</summary>
public sealed class CurveTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-curve-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_subscriber_with_the_key_reads_and_repairs_and_others_get_nothing()
    {
        CurveKeys.Create().Write(Path.Combine(folder, "keys"));
        var (server, client) = (CurveKeys.OfPublishers(Path.Combine(folder, "keys")), CurveKeys.OfSubscribers(Path.Combine(folder, "keys")));
        Assert.Equal((true, false, server.Fingerprint), (server.HasSecret, client.HasSecret, client.Fingerprint));
        await using var publisher = new Ticks(server);
        var (port, replay) = await publisher.StartAsync();

        var good = new Reader(new SubscriberOptions { Topic = "t", Host = "127.0.0.1", Port = port, ReplayPort = replay, Curve = client, Checkpoint = (publisher.Epoch, 0) });
        var open = new Reader(new SubscriberOptions { Topic = "t", Host = "127.0.0.1", Port = port, ReplayPort = replay, Checkpoint = (publisher.Epoch, 0) });
        var other = new Reader(new SubscriberOptions { Topic = "t", Host = "127.0.0.1", Port = port, ReplayPort = replay, Curve = CurveKeys.Create(), Checkpoint = (publisher.Epoch, 0) });
        using var stop = new CancellationTokenSource();
        var running = Task.WhenAll(good.RunAsync(stop.Token), open.RunAsync(stop.Token), other.RunAsync(stop.Token));
        var watch = Stopwatch.StartNew();
        // The first message was published before anybody listened: it comes from the ring, over the encrypted replay socket.
        while (good.Count < 100 || good.First != 1)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{good.Count} messages, the first {good.First}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal((0, 0), (open.Count, other.Count));
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("right", true)]
    [InlineData("none", false)]
    [InlineData("wrong", false)]
    public async Task A_libzmq_subscriber_reads_with_the_key_alone(string key, bool reads)
    {
        var keys = CurveKeys.Create();
        await using var publisher = new Ticks(keys);
        var (port, _) = await publisher.StartAsync();
        var script = $"""
            import zmq, sys
            s = zmq.Context().socket(zmq.SUB)
            if {(key == "none" ? "False" : "True")}:
                s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
                s.curve_serverkey = {(key == "right" ? $"b'''{keys.PublicKey.Replace("'", "\\'", StringComparison.Ordinal)}'''" : "zmq.curve_keypair()[0]")}
            s.connect('tcp://127.0.0.1:{port}')
            s.subscribe(b't')
            print('got' if s.poll({(reads ? 15000 : 3000)}) and s.recv_multipart()[0] == b't' else 'nothing')
            """;
        Assert.Equal(reads ? "got" : "nothing", await PythonAsync(script));
    }

    [Fact]
    public void A_secret_that_others_can_read_is_refused_and_keys_are_never_replaced()
    {
        var keys = Path.Combine(folder, "keys");
        CurveKeys.Create().Write(keys);
        Assert.Contains("cannot be written", Assert.Throws<CurveKeyException>(() => CurveKeys.Create().Write(keys)).Message, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
            return;
        var secret = Path.Combine(keys, CurveKeys.SecretFile);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<CurveKeyException>(() => CurveKeys.OfPublishers(keys)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("with a space in it, and forty characters!!")]
    public void What_is_no_key_is_named(string text)
    {
        File.WriteAllText(Path.Combine(folder, CurveKeys.PublicFile), text);
        var error = Assert.Throws<CurveKeyException>(() => CurveKeys.OfSubscribers(folder));
        Assert.Contains(CurveKeys.PublicFile, error.Message, StringComparison.Ordinal);
        Assert.Contains("nbpy keys create", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> PythonAsync(string script)
    {
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python), "python3 is not installed.");
        using var python = Process.Start(new ProcessStartInfo(Python, ["-c", "try:\n    import zmq\n    assert zmq.has('curve')\nexcept Exception:\n    print('skip'); raise SystemExit\n" + script]) { RedirectStandardOutput = true })!;
        var output = (await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim();
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(output == "skip", "python3 has no zmq with CURVE.");
        return output;
    }

    private sealed class Ticks : BasePublisher, IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private Task? running;

        public Ticks(CurveKeys keys)
            : base(new PublisherOptions { Port = 0, Curve = keys })
        {
        }

        public async Task<(int Port, int Replay)> StartAsync()
        {
            running = RunAsync(stop.Token);
            return (await BoundPort, await ReplayPort);
        }

        protected override async Task PublishLoopAsync(CancellationToken cancellationToken)
        {
            for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
            {
                PublishMsgpack("t", new Dictionary<string, object?> { ["n"] = (long)i });
                await Task.Delay(2, cancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running!;
            stop.Dispose();
        }
    }

    private sealed class Reader(SubscriberOptions options) : BaseSubscriber(options)
    {
        private int count;
        private long first;

        public int Count => Volatile.Read(ref count);

        public long First => Volatile.Read(ref first);

        protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
        {
            Interlocked.CompareExchange(ref first, (long)message["_seq"]!, 0);
            Interlocked.Increment(ref count);
        }
    }
}
