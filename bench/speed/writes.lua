-- For wrk: writes of which no two are the same. Arguments: articles, favorites or comments; a file with an id and a
-- token in each line; how many articles there are; a number that no other run begins with.
local kind, articles, next
local people = {}
local text = string.rep("It was a quiet evening, and the database had kept its word once more. ", 14)

function init(args)
  kind, articles, next = args[1], tonumber(args[3]), tonumber(args[4])
  for line in io.lines(args[2]) do
    local id, token = line:match("^(%S+) (%S+)$")
    people[#people + 1] = {
      ["viewer"] = id,
      ["authorization"] = "Token " .. token,
      ["content-type"] = "application/json",
    }
  end
end

function request()
  next = next + 1
  if kind == "articles" then
    return wrk.format("POST", "/api/articles", people[1 + next % #people], '{"article":{"title":"Measured '
      .. next .. '","description":"One of many.","body":"' .. text .. '","tagList":["postgres","books"]}}')
  end
  -- Another person the next time round, so that nobody likes an article twice.
  local writer = people[1 + (next + math.floor(next / articles)) % #people]
  local path = "/api/articles/generated-" .. (1 + next % articles)
  if kind == "favorites" then
    return wrk.format("POST", path .. "/favorite", { viewer = writer.viewer, authorization = writer.authorization })
  end
  return wrk.format("POST", path .. "/comments", writer, '{"comment":{"body":"Well said, for the ' .. next .. 'th time."}}')
end
