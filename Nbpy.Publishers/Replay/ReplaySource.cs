using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Replay;

/// <summary>Plays a recording of a venue's raw messages through the decoder that the live connector uses.</summary>
/// <remarks>
/// The recordings are years old, and a store's retention would refuse their times. So the published <c>timestamp</c> is
/// moved: the first message is now, and what follows keeps the recording's spacing, divided by the speed; silences longer
/// than <c>options.max_gap</c> are shortened. Waiting costs nothing: one timer at a time. At the end of a loop the decoders
/// start afresh (a book from its snapshot) while time goes on.
/// </remarks>
public sealed partial class ReplaySource : IMessageSource
{
    /// <summary>Passes over a recording that is cut off (a recorder that was killed): what is whole was played.</summary>
    public const string TornCounter = "torn_recordings";

    private readonly string path;
    private readonly string publisherClass;
    private readonly ReplayOptions options;
    private readonly Func<IReplayDecoder> createDecoder;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private volatile bool waiting;
    private long undecodable;
    private long torn;

    internal ReplaySource(
        string path, string publisherClass, ReplayOptions options, Func<IReplayDecoder> createDecoder, TimeProvider time, ILogger logger)
    {
        this.path = path;
        this.publisherClass = publisherClass;
        this.options = options;
        this.createDecoder = createDecoder;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>The replay that a publisher's configuration asks for.</summary>
    /// <param name="config">Its class picks the bundled recording; <c>options</c> are those of <see cref="ReplayOptions"/>.</param>
    /// <param name="time">Paces the messages and gives them their times.</param>
    /// <param name="logger">Told of lines that cannot be decoded.</param>
    /// <exception cref="ReplayException">An option is wrong, the class has no replay, or there is no such recording.</exception>
    public static ReplaySource Create(PublisherConfig config, TimeProvider time, ILogger logger)
    {
        var recording = BundledRecording.For(config);
        var options = ReplayOptions.From(config, recording.MaxGap);
        var path = options.File is { } file ? Path.GetFullPath(file) : recording.Path
            ?? throw new ReplayException($"{config.Name}: {config.Class} has no bundled recording; name one in options.file.");
        if (!File.Exists(path))
            throw new ReplayException($"There is no recording {path} ({(options.File is null ? "bundled" : $"options.{ReplayOptions.FileOption(config)}")} of {config.Name}).");
        return new ReplaySource(path, config.Class, options, () => recording.CreateDecoder(options), time, logger);
    }

    /// <summary>True while the recording itself is silent: nobody is late.</summary>
    public bool Waiting => waiting;

    /// <summary>Counters: <see cref="FeedCounters.Undecodable"/>, and <see cref="TornCounter"/>. Readable from any thread.</summary>
    public IReadOnlyDictionary<string, long> Counters => new Dictionary<string, long>
    {
        [FeedCounters.Undecodable] = Interlocked.Read(ref undecodable), [TornCounter] = Interlocked.Read(ref torn),
    };

    /// <inheritdoc/>
    /// <exception cref="ReplayException">The recording cannot be read, or a whole loop of it yields no message.</exception>
    public async IAsyncEnumerable<MarketMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var clock = new ReplayClock(options, Rfc3339.ToNanoseconds(time.GetUtcNow()));
        var messages = new List<MarketMessage>();
        do
        {
            long published = 0;
            clock.BeginLoop();
            var pass = new ReplayPass(createDecoder());
            using var reader = new RecordingReader(path);
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                messages.Clear();
                var recordedAt = pass.Decode(line, messages);
                if (pass.Problem is { } problem)
                    Note(pass, reader, line.Length, problem);
                if (pass.Messages < options.FirstMessage)
                    continue;
                for (var i = 0; i < messages.Count; i++)
                {
                    var message = messages[i];
                    if (!clock.Next(recordedAt ?? Known(message.TimestampNs), firstOfFrame: i == 0))
                        continue;
                    if (!options.FlatOut)
                        await WaitAsync(clock.Position - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                    published++;
                    yield return message with { TimestampNs = clock.TimestampNs(Rfc3339.ToNanoseconds(time.GetUtcNow())) };
                }
            }

            if (reader.Torn is { } reason)
                NoteTorn(pass, reader.LineNumber, reader.TornBytes, reason);
            if (published == 0)
                throw new ReplayException(NothingIn(reader.LineNumber, pass, clock.Recorded));
        }
        while (options.Loop);
    }

    private static long? Known(long timestampNs) => timestampNs == 0 ? null : timestampNs;

    private async ValueTask WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // Below a millisecond a timer is coarser than the wait.
        if (wait < TimeSpan.FromMilliseconds(1))
            return;
        waiting = true;
        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        waiting = false;
    }

    private void Note(ReplayPass pass, RecordingReader reader, int length, string problem)
    {
        if (reader.Unterminated && pass.Recorded)
        {
            NoteTorn(pass, reader.LineNumber - 1, length, "the last line has no end");
            return;
        }

        Interlocked.Increment(ref undecodable);
        if (pass.FirstProblem is null)
            LogProblem(path, reader.LineNumber, problem);
        pass.FirstProblem ??= $"{path}:{reader.LineNumber}: {problem}";
    }

    // What is whole has been played.
    private void NoteTorn(ReplayPass pass, int lines, int bytes, string reason)
    {
        Interlocked.Increment(ref torn);
        LogTorn(path, lines, bytes, reason);
        pass.FirstProblem ??= $"{path} is cut off after line {lines}: {reason}";
    }

    private string NothingIn(int lines, ReplayPass pass, TimeSpan recorded) =>
        pass.FirstProblem is not null ? $"The recording yields no message. {pass.FirstProblem}"
        : options.FirstMessage > pass.Messages ? $"The recording {path} has {pass.Messages} messages of the venue; options.offset is '#{options.FirstMessage}'."
        : pass.Class is { } recordedClass && recordedClass != publisherClass ? $"The recording {path} is one of {recordedClass}, not of {publisherClass}."
        : lines == 0 ? $"The recording {path} is empty."
        : options.Offset > recorded ? $"The recording {path} ends after {recorded}, before options.offset ({options.Offset})."
        : $"The recording {path} ({lines} lines) has no message for this topic.";

    [LoggerMessage(2, LogLevel.Warning, "{Path} is cut off after line {Line}: {Reason}; {Bytes} bytes of the next line are left out")]
    private partial void LogTorn(string path, int line, int bytes, string reason);

    [LoggerMessage(1, LogLevel.Warning, "{Path}:{Line}: {Problem} (the first of this pass; others are not logged)")]
    private partial void LogProblem(string path, int line, string problem);
}
