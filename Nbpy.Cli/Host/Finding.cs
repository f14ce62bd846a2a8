namespace Nbpy.Cli.Host;

/// <summary>What one check of <c>nbpy doctor</c> found.</summary>
/// <param name="Check">configuration, sdk, app-host, host, port, disk, runtime or store.</param>
/// <param name="Ok">True: well. False: it stands in the way of a start. Null: said for information.</param>
/// <param name="Text">What it found, with the mend.</param>
internal sealed record Finding(string Check, bool? Ok, string Text);
