using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Nbpy.Shared.Tests;

/// <summary>A library's public surface as text, a line a member, so that a change of it is a change that somebody sees and means.</summary>
public static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Compares with the approved text beside the test's source; with NBPY_APPROVE=1 it is written anew instead.</summary>
    public static void AssertApproved(Assembly assembly, [CallerFilePath] string source = "")
    {
        var approved = Path.Combine(Path.GetDirectoryName(source)!, "PublicApi.txt");
        var now = Of(assembly).ToList();
        if (Environment.GetEnvironmentVariable("NBPY_APPROVE") == "1")
            File.WriteAllLines(approved, now);
        var then = File.ReadAllLines(approved);
        Assert.True(
            now.SequenceEqual(then),
            $"The public API of {assembly.GetName().Name} has changed. Where that is meant, run this test once with NBPY_APPROVE=1 and commit PublicApi.txt.\n"
            + string.Join('\n', [.. then.Except(now).Select(l => "- " + l), .. now.Except(then).Select(l => "+ " + l)]));
    }

    private static IEnumerable<string> Of(Assembly assembly)
    {
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class"
                : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class";
            var bases = type.IsEnum || type.BaseType is null || type.BaseType == typeof(object) || type.BaseType == typeof(ValueType) ? "" : " : " + Name(type.BaseType);
            yield return $"{kind} {Name(type)}{bases}";
            foreach (var line in type.GetMembers(Declared).Select(m => Line(type, m)).OfType<string>().Order(StringComparer.Ordinal))
                yield return "    " + line;
        }
    }

    private static string? Line(Type type, MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field when IsVisible(field) => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field when IsVisible(field) && !field.IsSpecialName => $"{Static(field.IsStatic)}{Name(field.FieldType)} {field.Name}",
        ConstructorInfo { IsStatic: false } constructor when IsVisible(constructor) => $"{Access(constructor)}{Name(type)}({Parameters(constructor)})",
        MethodInfo method when IsVisible(method) && !IsCompilers(method) && (!method.IsSpecialName || IsAccessor(method)) =>
            $"{Access(method)}{Static(method.IsStatic)}{(method.IsAbstract && !type.IsInterface ? "abstract " : method is { IsVirtual: true, IsFinal: false } && !type.IsInterface ? "virtual " : "")}{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        EventInfo e when e.AddMethod is { } add && IsVisible(add) => $"event {Name(e.EventHandlerType!)} {e.Name}",
        _ => null,
    };

    /// <summary>What the compiler writes for records says nothing of its own.</summary>
    private static bool IsCompilers(MethodInfo method) => method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null && !IsAccessor(method);

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal) || method.Name.StartsWith("set_", StringComparison.Ordinal)) && method.Name != "get_EqualityContract";

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "null"}" : "")}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
}
