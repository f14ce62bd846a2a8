namespace Nbpy.AppHost.Supervision;

/// <summary>What a service says of its data.</summary>
/// <param name="Data">Messages received, or else published, so far; null where it does not say.</param>
/// <param name="IsQuiet">Silence is no fault of its own now.</param>
internal sealed record LivenessAnswer(long? Data, bool IsQuiet)
{
    /// <summary>Of a program that says nothing of data.</summary>
    public static LivenessAnswer OfOthers { get; } = new(null, IsQuiet: true);
}
