using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>A live feed that runs, with everything it published and every phase it entered.</summary>
internal sealed class FeedRun : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<MarketMessage> messages = new();
    private readonly SemaphoreSlim? gate;
    private readonly Task run;

    /// <param name="source">The feed.</param>
    /// <param name="gate">Lets that many messages through; null lets all.</param>
    public FeedRun(LiveSource source, SemaphoreSlim? gate = null)
        : this(source, gate, published: false)
    {
    }

    private FeedRun(LiveSource source, SemaphoreSlim? gate, bool published)
    {
        Source = source;
        this.gate = gate;
        source.Status.Changed += now => Phases.Enqueue(now);
        run = Task.Run(published ? PublishAsync : ReadAsync);
    }

    /// <summary>The feed in its publisher: the messages are those that a subscriber gets over ZeroMQ.</summary>
    public static FeedRun Published(LiveSource source) => new(source, null, published: true);

    public LiveSource Source { get; }
    public ConcurrentQueue<FeedStatus.Snapshot> Phases { get; } = new();
    public IReadOnlyList<MarketMessage> Messages => [.. messages];
    public FeedStatus.Snapshot Now => Source.Status.Current;

    public long Count(string counter) => Source.Status.Counters.GetValueOrDefault(counter);

    public Task UntilAsync(Func<bool> condition, string what) => UntilAsync(condition, () => what);

    public Task UntilAsync(Func<bool> condition, Func<string> what) => Wait.UntilAsync(
        condition, () => $"{what()}; {messages.Count} messages, {Now}, {string.Join(", ", Source.Status.Counters)}", run);

    public Task UntilCountAsync(int count) => UntilAsync(() => messages.Count >= count, $"{count} messages");

    public Task UntilPhaseAsync(FeedPhase phase) => UntilAsync(() => Now.Phase == phase, $"phase {phase}");

    /// <summary>Every text that a person could see of this feed.</summary>
    public string Texts => string.Join('\n', Phases.Select(p => p.Reason).Append(Now.Reason));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        (Source as IDisposable)?.Dispose();
        stop.Dispose();
    }

    private async Task PublishAsync()
    {
        const string Topic = "feed";
        using var heard = new CancellationTokenSource();
        var publisher = new SourcePublisher(
            Topic, Source, new PublisherOptions { Port = 0, Topics = [Topic], ExpectedSubscribers = 1 }, TimeProvider.System, NullLogger.Instance);
        var publishing = publisher.RunAsync(stop.Token);
        var options = new SubscriberOptions { Topic = Topic, Host = "127.0.0.1", Port = await publisher.BoundPort, ReplayPort = await publisher.ReplayPort };
        var subscribing = new FeedSubscriber(options, messages.Enqueue).RunAsync(heard.Token);
        // The publisher first, so that nothing is on its way when the subscriber ends.
        await await Task.WhenAny(publishing, subscribing);
        await heard.CancelAsync();
        await subscribing;
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in Source.ReadAsync(stop.Token))
            {
                messages.Enqueue(message);
                if (gate is not null)
                    await gate.WaitAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The test has ended.
        }
    }
}

internal static class Wait
{
    /// <summary>Polls; fails with the text after 30 s, or at once when the task that ought to go on has ended.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> what, Task? whileRunning = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (whileRunning is { IsCompleted: true } && !condition())
            {
                await whileRunning;
                Assert.Fail($"ended before: {what()}");
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"not within 30 s: {what()}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
