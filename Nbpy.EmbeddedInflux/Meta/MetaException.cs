namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>A change of users or continuous queries was refused; the message is InfluxDB's.</summary>
public sealed class MetaException(string message) : Exception(message);
