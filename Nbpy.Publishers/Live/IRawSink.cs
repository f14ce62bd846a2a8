namespace Nbpy.Publishers.Live;

/// <summary>Takes a live feed's messages as the venue sent them, beside the decoder.</summary>
public interface IRawSink
{
    /// <summary>A connection is open: what follows comes on it.</summary>
    /// <param name="atNs">When, ns since the Unix epoch.</param>
    void Connected(long atNs);

    /// <summary>One message; called on the feed's reader, one call at a time, before the message is decoded. What it throws ends the
    /// feed, not only the session: it must not be an exception of transport (<see cref="IOException"/>).</summary>
    /// <param name="message">The bytes, credentials masked; valid during the call.</param>
    /// <param name="receivedNs">When they came, ns since the Unix epoch.</param>
    void Write(ReadOnlySpan<byte> message, long receivedNs);
}
