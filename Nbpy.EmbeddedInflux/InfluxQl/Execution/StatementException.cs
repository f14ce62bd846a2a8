namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>One statement fails with this message; the request itself is answered.</summary>
internal sealed class StatementException(string message) : Exception(message);
