using System.Globalization;
using System.Text;
using Nbpy.Influx;
using Nbpy.Messaging;

// Publishes messages, receives them and stores each as a point: FromPackages [STORE-URL]
const int count = 100;
var store = new InfluxOptions { Url = new Uri(args.FirstOrDefault() ?? "http://localhost:8086"), Database = "market_data" };
using var client = new InfluxClient(store);
await using var writer = new BatchWriter(client, new BatchWriterOptions { DeadLetterPath = "dead-letters.jsonl" }, TimeProvider.System);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

var publisher = new MyPublisher(count);
var publishing = publisher.RunAsync(stop.Token);
var subscriber = new MySubscriber(await publisher.BoundPort, await publisher.ReplayPort, writer, count);
var receiving = subscriber.RunAsync(stop.Token);
try
{
    await subscriber.Complete.WaitAsync(stop.Token);
    await writer.FlushAsync(stop.Token);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine($"Stopped early; the store's last answer: {writer.Counters.LastError ?? "none"}");
}

await stop.CancelAsync();
await Task.WhenAll(publishing, receiving);
Console.WriteLine($"published {publisher.Counters.Published}, received {subscriber.Counters.Received}, stored {writer.Counters.Stored}");
return writer.Counters.Stored == count ? 0 : 1;

/// <summary>Port 0: the system chooses one. A service of its own takes the configuration's.</summary>
sealed class MyPublisher(int count) : BasePublisher(new PublisherOptions { Port = 0, Source = "simulated", ExpectedSubscribers = 1 })
{
    protected override async Task PublishLoopAsync(CancellationToken ct)
    {
        for (var i = 0; i < count; i++)
            PublishMsgpack("my_topic", new Dictionary<string, object?> { ["symbol"] = "ABC", ["price"] = 1.5 + i });

        // Returning closes the socket: a subscriber that missed a message still fetches it from the ring.
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }
}

/// <summary>Runs on the thread that owns the socket, so that adding to the writer is for one thread.</summary>
sealed class MySubscriber(int port, int replayPort, BatchWriter writer, int count)
    : BaseSubscriber(new SubscriberOptions { Topic = "my_topic", Port = port, ReplayPort = replayPort })
{
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    public Task Complete => complete.Task;

    protected override void ProcessMessage(string topic, IReadOnlyDictionary<string, object?> message)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"my_topic,symbol={message["symbol"]} price={message["price"]} {message["timestamp"]}");

        // At its bound the writer refuses, and nothing is dropped: it waits here until the store has taken some.
        while (!writer.TryAdd(Encoding.UTF8.GetBytes(line)))
            writer.WaitForSpaceAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        if (++taken == count)
            complete.SetResult();
    }
}
