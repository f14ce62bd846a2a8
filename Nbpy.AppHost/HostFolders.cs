using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>The folders that a run writes to, tried before anything starts.</summary>
internal static class HostFolders
{
    /// <summary>Makes them and writes a file into each.</summary>
    /// <exception cref="DistributedApplicationException">One cannot be written; the message names all of them, with the setting to change.</exception>
    public static void Check(IntegrationConfig config)
    {
        var problems = new[] { (config.System.DataDir, "system.data_dir (NBPY_DATA_DIR)"), (config.System.LogDir, "system.log_dir (NBPY_LOG_DIR)") }
            .Select(f => Problem(f.Item1, f.Item2)).OfType<string>().ToList();
        if (problems.Count > 0)
            throw new DistributedApplicationException(string.Join(Environment.NewLine, problems));
    }

    private static string? Problem(string folder, string setting)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var trial = Path.Combine(folder, $".nbpy-{Guid.NewGuid():N}");
            File.WriteAllText(trial, "nbpy");
            File.Delete(trial);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The folder {folder} cannot be written: {e.Message} Give this user the right to, make room, or set {setting}; nothing was started.";
        }
    }
}
