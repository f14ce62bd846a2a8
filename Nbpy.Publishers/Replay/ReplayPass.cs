using System.Text;
using System.Text.Json;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Replay;

/// <summary>One time through a recording: its decoder, and what has been seen.</summary>
/// <param name="decoder">A fresh one.</param>
internal sealed class ReplayPass(IReplayDecoder decoder)
{
    /// <summary>Messages of the venue so far.</summary>
    public long Messages { get; private set; }

    /// <summary>True for a recording of <c>nbpy record</c>.</summary>
    public bool Recorded => Class is not null;

    /// <summary>The publisher class that the recording names; null where it names none.</summary>
    public string? Class { get; private set; }

    /// <summary>What was wrong with the last line; null when nothing was.</summary>
    public string? Problem { get; private set; }

    /// <summary>The first problem with its place.</summary>
    public string? FirstProblem { get; set; }

    /// <summary>Decodes a line. Returns when it was received, null where nobody knows.</summary>
    public long? Decode(ReadOnlyMemory<byte> line, List<MarketMessage> into)
    {
        Problem = null;
        long? recordedAt = null;
        try
        {
            var recorded = RecordedLine.Parse(line);
            recordedAt = recorded.TimeNs;
            switch (recorded.Kind)
            {
                case RecordedKind.Header:
                    Class = Encoding.UTF8.GetString(recorded.Payload.Span);
                    break;
                case RecordedKind.Connected:
                    decoder.Connected();
                    break;
                case RecordedKind.Message:
                    Messages++;
                    Problem = decoder.Decode(recorded.Payload, recordedAt ?? 0, into);
                    break;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or OverflowException)
        {
            Problem = e.Message;
        }

        return recordedAt;
    }
}
