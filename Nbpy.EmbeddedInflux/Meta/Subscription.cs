namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>Where what is written to a retention policy is sent on to.</summary>
/// <param name="Name">Its name, unique in the policy.</param>
/// <param name="Mode">ALL: to every destination; ANY: to one of them, in turn.</param>
/// <param name="Destinations">URLs with a port: <c>http</c>, <c>https</c> or <c>udp</c>.</param>
public sealed record Subscription(string Database, string Policy, string Name, string Mode, IReadOnlyList<string> Destinations);
