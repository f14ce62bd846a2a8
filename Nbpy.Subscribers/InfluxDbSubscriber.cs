using Microsoft.Extensions.Logging;
using Nbpy.Influx;
using Nbpy.Messaging;

namespace Nbpy.Subscribers;

/// <summary>The generic subscriber: any topic into any measurement, by the configuration's tags and fields alone. When the
/// writer is full it stops receiving until there is room; what ZeroMQ then drops shows as a gap.</summary>
public sealed partial class InfluxDbSubscriber : BaseSubscriber
{
    private readonly LineProtocolTranscoder transcoder;
    private readonly MeasurementLayout layout;
    private readonly BatchWriter writer;
    private readonly GapRecorder gaps;
    private readonly TimeProvider time;
    private readonly StoreProbe probe;
    private readonly ILogger logger;
    private readonly ulong runStartNs;
    private long unstorable;
    private long earlierRuns;

    /// <param name="options">Topic and address.</param>
    /// <param name="layout">The measurement's tags and fields.</param>
    /// <param name="writer">Takes the lines.</param>
    /// <param name="gaps">Told of what is lost.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to report.</param>
    /// <param name="runStartNs">When this run of the system began, ns since the Unix epoch: a message of an epoch before it is an earlier run's. 0: not known.</param>
    public InfluxDbSubscriber(
        SubscriberOptions options, MeasurementLayout layout, BatchWriter writer, GapRecorder gaps, TimeProvider time, ILogger logger, ulong runStartNs = 0)
        : base(options, time, logger)
    {
        this.runStartNs = runStartNs;
        this.layout = layout;
        this.writer = writer;
        this.gaps = gaps;
        this.time = time;
        this.logger = logger;
        transcoder = new LineProtocolTranscoder(layout);
        probe = new StoreProbe(layout.Name, time);
        writer.Progressed += probe.Done;
    }

    /// <summary>Values that line protocol cannot hold (NaN, infinities), left out.</summary>
    public long NonFinite => transcoder.NonFinite;

    /// <summary>Ends a wait for the writer at the stop: what is not handed over by then stays in the publisher's ring for the next start.</summary>
    public CancellationToken GiveUp { get; set; }

    /// <summary>Messages that hold no field of the measurement.</summary>
    public long Unstorable => Interlocked.Read(ref unstorable);

    /// <summary>Messages that a publisher of an earlier run of the system had sent.</summary>
    public long EarlierRuns => Interlocked.Read(ref earlierRuns);

    /// <inheritdoc/>
    protected override int ProcessPayload(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var read = 0;
        for (var left = reader.ReadMapCount(); left > 0; left--)
        {
            var start = reader;
            try
            {
                Accept(ref reader);
                read++;
            }
            catch (InvalidDataException e)
            {
                reader = start;
                if (!PassOver(ref reader, e.Message))
                    break;
            }
        }

        return read;
    }

    private void Accept(ref PayloadReader reader)
    {
        var storable = transcoder.Next(ref reader);
        var (epoch, sequence) = (transcoder.Epoch, transcoder.Sequence);
        if (!Sequence.IsNext(epoch, sequence))
        {
            // What is missing before this message is fetched and stored first, through the same transcoder: keep this one's line.
            var (timestamp, trace) = (transcoder.Timestamp, transcoder.TraceParent);
            var line = transcoder.Line.ToArray();
            if (ObserveSequence(epoch, sequence))
                Store(line, storable, epoch, sequence, timestamp, trace);
            return;
        }

        ObserveSequence(epoch, sequence);
        if (MessagingTelemetry.ToReceived.Enabled && transcoder.Sent != 0)
            MessagingTelemetry.ToReceived.RecordBetween(transcoder.Sent, UnixTime.NowNs(time));
        Store(transcoder.Line, storable, epoch, sequence, transcoder.Timestamp, transcoder.TraceParent);
    }

    /// <inheritdoc/>
    protected override void OnIdle() => writer.Send();

    /// <inheritdoc/>
    protected override void OnLost(SequenceGap gap) => gaps.Write(gap);

    /// <inheritdoc/>
    protected override void OnEndUnknown(ulong epoch, ulong last) => gaps.WriteEndUnknown(epoch, last);

    /// <exception cref="OperationCanceledException">The writer takes nothing until <see cref="GiveUp"/>.</exception>
    private void Store(ReadOnlySpan<byte> line, bool storable, ulong epoch, ulong sequence, long timestamp, string? trace)
    {
        if (epoch < runStartNs)
            Interlocked.Increment(ref earlierRuns);
        if (!storable)
        {
            writer.Skip(epoch, sequence);
            if (Interlocked.Increment(ref unstorable) is 1 or 1_000)
                LogUnstorable(logger, layout.Name, string.Join(", ", layout.Fields));
            return;
        }

        // Before the line, so that an answer that comes at once finds the probe there.
        var parent = probe.HandOver(timestamp, trace);
        while (!writer.TryAdd(line, epoch, sequence, more: true, parent))
            writer.WaitForSpaceAsync(GiveUp).AsTask().GetAwaiter().GetResult();
    }

    [LoggerMessage(201, LogLevel.Warning, "A message for {Measurement} has none of its fields ({Fields}): nothing to store; counted as unstorable")]
    private static partial void LogUnstorable(ILogger logger, string measurement, string fields);
}
