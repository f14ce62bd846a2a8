using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Nbpy.Dashboard.Model;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Dashboard;

/// <summary>A resource's lines over all of its runs, from when somebody first looked: one watch of the logger service, however many viewers come
/// and go. Keeps the last 5,000 lines and 400,000 characters; a viewer that falls 5,000 behind loses the oldest.</summary>
internal sealed class ResourceLog
{
    private const int MaxLines = 5_000;
    private const int MaxCharacters = 400_000;
    private static readonly TimeSpan RestartPoll = TimeSpan.FromMilliseconds(500);
    private readonly Lock gate = new();
    private readonly Queue<ConsoleLine> lines = new();
    private readonly List<Channel<ConsoleLine>> viewers = [];
    private readonly string name;
    private readonly ResourceLoggerService loggers;
    private readonly ResourceNotificationService notifications;
    private readonly TimeProvider time;
    private int characters;
    private int last;

    public ResourceLog(string name, ResourceLoggerService loggers, ResourceNotificationService notifications, TimeProvider time, CancellationToken stop)
    {
        this.name = name;
        this.loggers = loggers;
        this.notifications = notifications;
        this.time = time;
        Completion = WatchAsync(stop);
    }

    /// <summary>Ends when the host stops.</summary>
    public Task Completion { get; }

    /// <summary>The lines kept, then every new one.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ConsoleLine>> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<ConsoleLine>(new BoundedChannelOptions(MaxLines) { FullMode = BoundedChannelFullMode.DropOldest });
        IReadOnlyList<ConsoleLine> kept;
        lock (gate)
        {
            kept = [.. lines];
            viewers.Add(channel);
        }

        try
        {
            if (kept.Count > 0)
                yield return kept;
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var batch = new List<ConsoleLine>();
                while (channel.Reader.TryRead(out var line))
                    batch.Add(line);
                yield return batch;
            }
        }
        finally
        {
            lock (gate)
                viewers.Remove(channel);
        }
    }

    /// <summary>The logger service ends a watch with the resource's run; the next run is watched anew, from the line after the last.</summary>
    private async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(RestartPoll, time);
            do
            {
                await foreach (var batch in loggers.WatchAsync(name).WithCancellation(stop).ConfigureAwait(false))
                    Add(batch);
                while (!Runs())
                    await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private bool Runs() =>
        notifications.TryGetCurrentState(name, out var known) && known!.Snapshot.State?.Text is { } state
        && state != KnownResourceStates.NotStarted && !KnownResourceStates.TerminalStates.Contains(state);

    private void Add(IReadOnlyList<LogLine> batch)
    {
        lock (gate)
        {
            foreach (var raw in batch.Where(l => l.LineNumber > last))
            {
                last = raw.LineNumber;
                var line = Read(raw);
                lines.Enqueue(line);
                characters += line.Text.Length;
                while (lines.Count > MaxLines || (characters > MaxCharacters && lines.Count > 1))
                    characters -= lines.Dequeue().Text.Length;
                foreach (var viewer in viewers)
                    viewer.Writer.TryWrite(line);
            }
        }
    }

    /// <summary>A line that begins with its time (ISO 8601, UTC, as the services write it) keeps that; any other has the time of its coming.</summary>
    private ConsoleLine Read(LogLine raw)
    {
        var space = raw.Content.IndexOf(' ', StringComparison.Ordinal);
        return space is > 18 and < 36 && raw.Content[space - 1] == 'Z'
            && DateTimeOffset.TryParse(raw.Content.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var stamp)
            ? new ConsoleLine(raw.LineNumber, stamp, raw.Content[(space + 1)..], raw.IsErrorMessage)
            : new ConsoleLine(raw.LineNumber, time.GetUtcNow(), raw.Content, raw.IsErrorMessage);
    }
}
