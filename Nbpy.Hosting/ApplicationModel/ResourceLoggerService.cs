using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>The last lines of every resource, and every new one.</summary>
public sealed class ResourceLoggerService
{
    /// <summary>Lines kept per resource.</summary>
    public const int Capacity = 1_000;

    private readonly ConcurrentDictionary<string, Backlog> logs = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The lines kept, then every new one, until the resource's log is complete or the watch is cancelled.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => WatchAsync(resource.Name);

    /// <summary>The same by name.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Log(resourceName).WatchAsync();

    /// <summary>A logger whose lines go to the resource's log.</summary>
    public ILogger GetLogger(IResource resource) => GetLogger(resource.Name);

    /// <summary>A logger whose lines go to the log of a resource, or of one instance, by its name.</summary>
    public ILogger GetLogger(string resourceName) => new LineLogger(this, resourceName);

    internal void Add(string resourceName, string line, bool isError) => Log(resourceName).Add(line, isError);

    /// <summary>A new run begins: whoever watches from now on gets its lines.</summary>
    internal void Begin(string resourceName) => Log(resourceName).Begin();

    internal void Complete(string resourceName) => Log(resourceName).Complete();

    /// <summary>True when somebody has followed the log: its lines have been seen.</summary>
    internal bool IsWatched(string resourceName) => Log(resourceName).IsWatched;

    internal IReadOnlyList<LogLine> Last(string resourceName, int count) => Log(resourceName).Last(count);

    private Backlog Log(string name) => logs.GetOrAdd(name, _ => new Backlog());

    private sealed class LineLogger(ResourceLoggerService owner, string resource) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                owner.Add(resource, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}", logLevel >= LogLevel.Error);
        }
    }

    private sealed class Backlog
    {
        private readonly Lock gate = new();
        private readonly Queue<LogLine> lines = new();
        private readonly List<Channel<LogLine>> watchers = [];
        private int count;
        private bool complete;

        public bool IsWatched { get; private set; }

        public void Add(string content, bool isError)
        {
            lock (gate)
            {
                complete = false;
                var line = new LogLine(++count, content, isError);
                lines.Enqueue(line);
                if (lines.Count > Capacity)
                    lines.Dequeue();
                foreach (var watcher in watchers)
                    watcher.Writer.TryWrite(line);
            }
        }

        public void Begin()
        {
            lock (gate)
                complete = false;
        }

        public void Complete()
        {
            lock (gate)
            {
                complete = true;
                foreach (var watcher in watchers)
                    watcher.Writer.TryComplete();
                watchers.Clear();
            }
        }

        public IReadOnlyList<LogLine> Last(int most)
        {
            lock (gate)
                return [.. lines.TakeLast(most)];
        }

        public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var channel = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest });
            IReadOnlyList<LogLine> kept;
            lock (gate)
            {
                IsWatched = true;
                kept = [.. lines];
                if (complete)
                    channel.Writer.TryComplete();
                else
                    watchers.Add(channel);
            }

            if (kept.Count > 0)
                yield return kept;
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var batch = new List<LogLine>();
                while (channel.Reader.TryRead(out var line))
                    batch.Add(line);
                yield return batch;
            }
        }
    }
}
