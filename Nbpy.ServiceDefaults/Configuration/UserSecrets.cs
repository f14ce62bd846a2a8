using System.Text.Json;

namespace Nbpy.ServiceDefaults.Configuration;

/// <summary>What <c>dotnet user-secrets set NAME VALUE --id nbpy</c> keeps outside the clone: variables for those that the environment does not
/// set. For development: the file is not encrypted.</summary>
internal static class UserSecrets
{
    /// <summary>The id under which the SDK's tool keeps them; also <c>UserSecretsId</c> of the app host.</summary>
    private const string Id = "nbpy";

    /// <summary>Where the SDK's tool keeps them; null where there is no home, or the environment is named otherwise than Development.</summary>
    /// <param name="environment">Looks a variable up.</param>
    public static string? FilePath(Func<string, string?> environment)
    {
        if ((environment("DOTNET_ENVIRONMENT") ?? environment("ASPNETCORE_ENVIRONMENT")) is { Length: > 0 } stage && !stage.Equals("Development", StringComparison.OrdinalIgnoreCase))
            return null;
        foreach (var (variable, parts) in ((string, string[])[])[("APPDATA", ["Microsoft", "UserSecrets"]), ("HOME", [".microsoft", "usersecrets"]), ("DOTNET_USER_SECRETS_FALLBACK_DIR", [".microsoft", "usersecrets"])])
            if (environment(variable) is { Length: > 0 } home)
                return Path.Combine([home, .. parts, Id, "secrets.json"]);
        return null;
    }

    /// <summary>Sets the variables of the file that are not set, neither themselves nor as <c>NAME_FILE</c>. Names that no variable has are passed over.</summary>
    /// <param name="path">The file; nothing happens where there is none.</param>
    /// <param name="environment">Looks a variable up.</param>
    /// <param name="set">Sets one.</param>
    /// <param name="errors">Takes what is wrong with the file.</param>
    public static void Apply(string? path, Func<string, string?> environment, Action<string, string> set, List<ConfigurationError> errors)
    {
        if (path is null || !File.Exists(path))
            return;
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            foreach (var secret in file.RootElement.EnumerateObject())
                if (IsVariable(secret.Name) && secret.Value.ValueKind == JsonValueKind.String && secret.Value.GetString() is { Length: > 0 } value
                    && string.IsNullOrEmpty(environment(secret.Name)) && string.IsNullOrEmpty(environment(secret.Name + "_FILE")))
                    set(secret.Name, value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError("user secrets", 0, $"The file '{path}' cannot be read: {e.Message.TrimEnd('.')}; mend it, or set DOTNET_ENVIRONMENT=Production to do without."));
        }
    }

    private static bool IsVariable(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
