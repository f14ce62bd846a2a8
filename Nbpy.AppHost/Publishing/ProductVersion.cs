using System.Reflection;

namespace Nbpy.AppHost.Publishing;

/// <summary>The version of NBPY, as <c>Directory.Build.props</c> has it and <c>docker/build-images.sh</c> tags images: with a suffix where it
/// has one.</summary>
internal static class ProductVersion
{
    public static string Text { get; } = Of(typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);

    /// <summary>Without the commit that the SDK adds after a plus sign.</summary>
    internal static string Of(string informational) => informational.Split('+')[0];
}
