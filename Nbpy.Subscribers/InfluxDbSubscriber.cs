using MessagePack;
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
    private readonly TimeProvider time;
    private readonly StoreProbe probe;
    private readonly ILogger logger;
    private long unstorable;

    /// <param name="options">Topic and address.</param>
    /// <param name="layout">The measurement's tags and fields.</param>
    /// <param name="writer">Takes the lines.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to report.</param>
    public InfluxDbSubscriber(SubscriberOptions options, MeasurementLayout layout, BatchWriter writer, TimeProvider time, ILogger logger)
        : base(options, time, logger)
    {
        this.layout = layout;
        this.writer = writer;
        this.time = time;
        this.logger = logger;
        transcoder = new LineProtocolTranscoder(layout);
        probe = new StoreProbe(layout.Name, time);
        writer.Progressed += probe.Done;
    }

    /// <summary>Messages that hold no field of the measurement.</summary>
    public long Unstorable => Interlocked.Read(ref unstorable);

    /// <inheritdoc/>
    protected override int ProcessPayload(ReadOnlyMemory<byte> payload)
    {
        try
        {
            var reader = new MessagePackReader(payload);
            var count = reader.NextMessagePackType == MessagePackType.Array ? reader.ReadArrayHeader() : 1;
            for (var i = 0; i < count; i++)
                Accept(ref reader, payload.Span);
            return count;
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"The payload is not a MessagePack map of the message contract: {e.Message}", e);
        }
    }

    private void Accept(ref MessagePackReader reader, ReadOnlySpan<byte> payload)
    {
        var storable = transcoder.Next(ref reader, payload);
        ObserveSequence(transcoder.Epoch, transcoder.Sequence);
        if (MessagingTelemetry.ToReceived.Enabled && transcoder.Sent != 0)
            MessagingTelemetry.ToReceived.RecordBetween(transcoder.Sent, UnixTime.NowNs(time));
        if (!storable)
        {
            if (Interlocked.Increment(ref unstorable) is 1 or 1_000)
                LogUnstorable(logger, layout.Name, string.Join(", ", layout.Fields));
            return;
        }

        // Before the line, so that an answer that comes at once finds the probe there.
        probe.HandOver(transcoder.Timestamp, transcoder.TraceParent);
        while (!writer.TryAdd(transcoder.Line))
            writer.WaitForSpaceAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    [LoggerMessage(201, LogLevel.Warning, "A message for {Measurement} has none of its fields ({Fields}): nothing to store; counted as unstorable")]
    private static partial void LogUnstorable(ILogger logger, string measurement, string fields);
}
