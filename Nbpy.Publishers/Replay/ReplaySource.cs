using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
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
    private readonly string path;
    private readonly ReplayOptions options;
    private readonly Func<IReplayDecoder> createDecoder;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    internal ReplaySource(
        string path, ReplayOptions options, Func<IReplayDecoder> createDecoder, TimeProvider time, ILogger logger)
    {
        this.path = path;
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
    public static IMessageSource Create(PublisherConfig config, TimeProvider time, ILogger logger)
    {
        var recording = BundledRecording.For(config.Class);
        var options = ReplayOptions.From(config, recording.MaxGap);
        var path = options.File is { } file ? Path.GetFullPath(file) : recording.Path;
        if (!File.Exists(path))
            throw new ReplayException($"There is no recording {path} ({(options.File is null ? "bundled" : "options.replay_file")} of {config.Name}).");
        return new ReplaySource(path, options, () => recording.CreateDecoder(options), time, logger);
    }

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
            string? firstProblem = null;
            clock.BeginLoop();
            var decoder = createDecoder();
            using var reader = new RecordingReader(path);
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                messages.Clear();
                var recordedAt = Decode(decoder, line, reader.LineNumber, messages, ref firstProblem);
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
            if (published == 0)
                throw new ReplayException(NothingIn(reader.LineNumber, firstProblem, clock.Recorded));
        }
        while (options.Loop);
    }

    private static long? Known(long timestampNs) => timestampNs == 0 ? null : timestampNs;

    // Below a millisecond a timer is coarser than the wait.
    private Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken) =>
        wait < TimeSpan.FromMilliseconds(1) ? Task.CompletedTask : Task.Delay(wait, time, cancellationToken);

    private long? Decode(
        IReplayDecoder decoder, ReadOnlyMemory<byte> line, int number, List<MarketMessage> messages, ref string? firstProblem)
    {
        string? problem;
        long? recordedAt = null;
        try
        {
            var recorded = RecordedLine.Parse(line);
            if (recorded.Payload.IsEmpty)
                return null;
            recordedAt = recorded.TimeNs;
            problem = decoder.Decode(recorded.Payload, recordedAt ?? 0, messages);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or OverflowException)
        {
            problem = e.Message;
        }
        if (problem is not null)
        {
            if (firstProblem is null)
                LogProblem(path, number, problem);
            firstProblem ??= $"{path}:{number}: {problem}";
        }
        return recordedAt;
    }

    private string NothingIn(int lines, string? firstProblem, TimeSpan recorded) =>
        firstProblem is not null ? $"The recording yields no message. {firstProblem}"
        : lines == 0 ? $"The recording {path} is empty."
        : options.Offset > recorded ? $"The recording {path} ends after {recorded}, before options.offset ({options.Offset})."
        : $"The recording {path} ({lines} lines) has no message for this topic.";

    [LoggerMessage(1, LogLevel.Warning, "{Path}:{Line}: {Problem} (the first of this pass; others are not logged)")]
    private partial void LogProblem(string path, int line, string problem);
}
