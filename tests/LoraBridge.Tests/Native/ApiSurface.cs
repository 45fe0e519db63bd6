using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace LoraBridge.Tests.Native;

/// <summary>Writes the public surface of an assembly's TorchSharp namespaces, one line for a type or member.</summary>
internal static partial class ApiSurface
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    /// <summary>The lines of every visible type's members: those it declares, or with <paramref name="inherited"/> also its bases'.</summary>
    public static IEnumerable<string> Of(Assembly assembly, bool inherited) => VisibleTypes(assembly)
        .SelectMany(type => type.GetMembers(inherited ? All : All | BindingFlags.DeclaredOnly).Where(IsPublished).Select(member => Line(type, member)).Prepend($"type {Name(type)}"));

    /// <summary>The visible types of the namespaces that are TorchSharp's.</summary>
    public static IEnumerable<Type> VisibleTypes(Assembly assembly) => Types(assembly).Where(type => type.IsVisible && type.Namespace is { } name && name.StartsWith("TorchSharp", StringComparison.Ordinal));

    /// <summary>Whether code outside the assembly can name the member; what is marked obsolete as an error cannot be.</summary>
    public static bool IsPublished(MemberInfo member) => !IsWithdrawn(member) && member switch
    {
        ConstructorInfo constructor => !constructor.IsStatic && IsPublished((MethodBase)constructor),
        MethodInfo method => method.Name != "Finalize" && IsPublished((MethodBase)method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsPublished),
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => false,
    };

    private static bool IsWithdrawn(MemberInfo member) =>
        member.GetCustomAttributesData().Any(data => data.AttributeType.Name == nameof(ObsoleteAttribute) && data.ConstructorArguments is [_, { Value: true }]);

    private static bool IsPublished(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Line(Type type, MemberInfo member) => $"{Name(type)}: " + member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor.GetParameters())})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method.GetParameters())})",
        PropertyInfo property => $"{Static(property.GetAccessors(true)[0])}{Name(property.PropertyType)} {property.Name}{Index(property)} {{ {Accessors(property)}}}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")}",
        _ => throw new ArgumentException($"no line for {member}", nameof(member)),
    };

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Index(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";

    private static string Accessors(PropertyInfo property) =>
        (property.GetMethod is { } get && IsPublished((MethodBase)get) ? "get; " : "") + (property.SetMethod is { } set && IsPublished((MethodBase)set) ? "set; " : "");

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
        (parameter.GetCustomAttributesData().Any(data => data.AttributeType.Name.StartsWith("ParamArray", StringComparison.Ordinal) || data.AttributeType.Name.StartsWith("ParamCollection", StringComparison.Ordinal)) ? "params " : "")
        + $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "")}"));

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Name(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsByRef) return $"ref {Name(type.GetElementType()!)}";
        if (type.IsPointer) return $"{Name(type.GetElementType()!)}*";
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } inner) return $"{Name(inner)}?";
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var name = Arity().Replace(definition.FullName!, "").Replace('+', '.');
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }

    // another TorchSharp.dll may lack some of the packages that a few of its types need
    private static IEnumerable<Type> Types(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }

    [GeneratedRegex(@"`\d+")]
    private static partial Regex Arity();
}
