using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

public sealed class DocumentComparisonTests
{
    private const string Old = """
        {
          "paths": {
            "/cats": {
              "get": {
                "operationId": "ListCats",
                "parameters": [ { "name": "colour", "in": "query", "schema": { "type": "string" } } ],
                "responses": { "200": { "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Cat" } } } } }, "404": { } }
              },
              "post": {
                "operationId": "AddCat",
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewCat" } } } },
                "responses": { "201": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Cat" } } } } }
              }
            }
          },
          "components": { "schemas": {
            "Cat": { "type": "object", "required": [ "name", "age" ], "properties": {
              "name": { "type": "string" }, "age": { "type": "number" }, "mood": { "type": "string", "enum": [ "asleep", "awake" ] }, "kitten": { "$ref": "#/components/schemas/Cat" } } },
            "NewCat": { "type": "object", "required": [ "name" ], "properties": { "name": { "type": "string" }, "age": { "type": "integer" }, "coat": { "oneOf": [ { "$ref": "#/components/schemas/Coat" }, { "type": "null" } ] } } },
            "Coat": { "type": "object", "properties": { "colour": { "type": "string" } } }
          } }
        }
        """;

    [Fact]
    public void Breaks_OfTheSame_AreNone() => Assert.Empty(Breaks(Old));

    [Theory]
    [InlineData("\"/cats\"", "\"/dogs\"", "GET /cats: the operation is gone.")]
    [InlineData("\"post\"", "\"put\"", "POST /cats: the operation is gone.")]
    [InlineData("\"name\": \"colour\"", "\"name\": \"color\"", "GET /cats: the parameter colour (query) is gone.")]
    [InlineData("\"in\": \"query\"", "\"in\": \"query\", \"required\": true", "GET /cats: the parameter colour (query) must be given now.")]
    [InlineData(", \"404\": { }", "", "GET /cats: the answer 404 is gone.")]
    [InlineData("\"kitten\"", "\"puppy\"", "Cat.kitten: the field is gone.")]
    [InlineData("\"age\": { \"type\": \"number\" }", "\"age\": { \"type\": \"string\" }", "Cat.age: its type was number, and is string.")]
    [InlineData("\"age\": { \"type\": \"number\" }", "\"age\": { \"type\": [ \"number\", \"null\" ] }", "Cat.age: its type was number, and is null or number.")]
    [InlineData("[ \"name\", \"age\" ]", "[ \"name\" ]", "Cat.age: it may be missing from answers now.")]
    [InlineData("[ \"asleep\", \"awake\" ]", "[ \"asleep\" ]", "Cat.mood: the value \"awake\" is gone.")]
    [InlineData("\"required\": [ \"name\" ]", "\"required\": [ \"name\", \"age\" ]", "NewCat.age: it must be given now.")]
    [InlineData("\"age\": { \"type\": \"integer\" }", "\"age\": { \"type\": \"integer\", \"enum\": [ 1, 2 ] }", "NewCat.age: only [1,2] are taken now.")]
    [InlineData("\"application/json\": { \"schema\": { \"$ref\": \"#/components/schemas/NewCat\" } }", "\"text/plain\": {}", "POST /cats, request: the content application/json is gone.")]
    [InlineData("{ \"$ref\": \"#/components/schemas/Coat\" }, { \"type\": \"null\" }", "{ \"type\": \"null\" }", "NewCat.coat: the choice Coat is gone.")]
    public void Breaks_OfAChange_SayWhatBreaks(string before, string after, string said)
    {
        Assert.Contains(before, Old, StringComparison.Ordinal);

        Assert.Contains(said, Breaks(Old.Replace(before, after, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"name\": { \"type\": \"string\" }, \"age\": { \"type\": \"number\" }", "\"name\": { \"type\": \"string\" }, \"age\": { \"type\": \"integer\" }, \"tail\": { \"type\": \"string\" }")]
    [InlineData("\"age\": { \"type\": \"integer\" }", "\"age\": { \"type\": [ \"number\", \"null\" ] }, \"tail\": { \"type\": \"string\" }")]
    [InlineData("\"required\": [ \"name\" ]", "\"required\": []")]
    [InlineData("[ \"asleep\", \"awake\" ]", "[ \"asleep\", \"awake\", \"playful\" ]")]
    [InlineData("\"404\": { }", "\"404\": { }, \"409\": { }")]
    public void Breaks_OfWhatIsOnlyMore_AreNone(string before, string after)
    {
        Assert.Contains(before, Old, StringComparison.Ordinal);

        Assert.Empty(Breaks(Old.Replace(before, after, StringComparison.Ordinal)));
    }

    private static IReadOnlyList<string> Breaks(string changed) => DocumentComparison.Breaks(new(JsonNode.Parse(Old)!.AsObject()), new(JsonNode.Parse(changed)!.AsObject()));
}
