namespace Nbpy.Influx.Spooling;

/// <summary>Another process has the spool open: as a rule one of the same service that is just ending.</summary>
internal sealed class SpoolInUseException(string message, Exception inner) : IOException(message, inner);
