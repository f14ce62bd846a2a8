namespace Nbpy.ServiceDefaults;

/// <summary>The answer of <c>/health</c>.</summary>
/// <param name="Status">Healthy or Unhealthy.</param>
/// <param name="Reason">Why.</param>
/// <param name="Data">Messages received, or else published, so far; null for a service that does neither.</param>
/// <param name="Quiet">True: that no data come is no fault of the service.</param>
internal sealed record HealthReport(string Status, string Reason, long? Data, bool Quiet);
