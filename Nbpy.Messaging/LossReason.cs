namespace Nbpy.Messaging;

/// <summary>Why a message is lost.</summary>
public enum LossReason
{
    /// <summary>The publisher's ring no longer holds it (or there is no ring).</summary>
    NotInRing,

    /// <summary>The publisher's replay socket did not answer.</summary>
    NoAnswer,

    /// <summary>It came, and cannot be read.</summary>
    Unreadable,
}
