import { spawn } from 'experimental-threads'

enum Color {
  Red = 7,
  Green,
  Blue = Red << 2,
}

export async function enums(): Promise<unknown> {
  return spawn(() => [Color.Green, Color[28], Object.values(Color).length])
}
